/**
 * An edge list on disk → nodes and edges in memory, in one pass and without a database: for embedding a
 * file once. Rows are taken, rejected and named as `import edges` does it, and the graph is the same.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { TaskContext } from '../base/task.ts';
import type { EdgeList } from '../graph/csr.ts';
import { mergeEdges } from '../graph/merge-edges.ts';
import type { NodeRange } from '../graph/types.ts';
import { type Broken, EdgeCheck, toColumnsAt } from './edge-check.ts';
import { EDGE_LIST_COLUMNS, EDGE_LIST_RULES } from './edge-list-file.ts';
import { checkEdgeMapping, toEdgePlan } from './edges-plan.ts';
import { type FileFormat, type FileProbe, probeFile, unreadable } from './file-probe.ts';
import { IdTable } from './id-table.ts';
import { ListedColumns } from './listed-columns.ts';
import { RecordCells } from './record-cells.ts';
import { CsvScanner, type Fault, LineScanner, type RecordSink, type Span } from './record-scanner.ts';
import { findColumn } from './relation.ts';
import type { Rule } from './rules.ts';
import { EXPECTED, parseRecord } from './text-copy.ts';
import { scanText } from './text-scan.ts';
import type { EdgeMapping } from './types.ts';

/** What can be read without a database; others go through `import edges`. */
export const EDGE_FILE_FORMATS = ['csv', 'tsv', 'edgelist'] as const;
export type EdgeFileFormat = (typeof EDGE_FILE_FORMATS)[number];

/** Names of the columns where a CSV or TSV file has no header, and those looked for where it has one. */
const EDGE_COLUMNS = ['from', 'to', 'weight', 'fromType', 'toType'] as const;

export interface EdgeFileOptions extends TaskContext {
  /** Columns that are not named are the ones of EDGE_COLUMNS that the file has; `from` and `to` must be there. */
  readonly mapping?: Partial<Omit<EdgeMapping, 'timestamp'>>;
  /** Instead of by the name of the file. */
  readonly format?: EdgeFileFormat;
  /** Of CSV and TSV: the first record names the columns. Default: true. */
  readonly header?: boolean;
}

export interface EdgeFile {
  readonly ids: string[]; // [n] types one after the other, ascending by UTF-8 bytes within each
  readonly ranges: NodeRange[];
  readonly edges: EdgeList; // each once
  readonly report: EdgeFileReport;
}

/** A row that was not taken in; names as in a rejects file. */
export interface RejectedRow {
  readonly line: number;
  readonly column: string | null;
  readonly reason: string;
  readonly found: string | null;
  readonly expected: string;
}

export interface EdgeFileReport {
  readonly rowsRead: number;
  readonly rowsAccepted: number;
  readonly rowsRejected: number;
  readonly rejectedByReason: Readonly<Record<string, number>>;
  /** The first three rejected rows, by line. */
  readonly examples: readonly RejectedRow[];
  /** Of the file: what was read as what, and columns that were not read. */
  readonly columns: Readonly<Record<string, string>>;
  readonly columnsLeftOut: readonly string[];
}

/**
 * @throws ShelfwalkError IMPORT_FILE_MISSING · IMPORT_FILE_UNREADABLE · IMPORT_COLUMN_MISSING
 * @throws ShelfwalkError IMPORT_MAPPING_INVALID · IMPORT_ALL_REJECTED · LIMIT_EXCEEDED · ABORTED
 */
export async function readEdgeFile(path: string, options: EdgeFileOptions = {}): Promise<EdgeFile> {
  const probe = await probeFile(path, options.format);
  if (!isEdgeFormat(probe.format)) {
    const hint = 'Go by way of a data directory: shelfwalk import edges, then shelfwalk train';
    throw unreadable(path, { found: probe.format, expected: EDGE_FILE_FORMATS.join(', '), hint });
  }
  const reader = new EdgeReader(probe, options);
  const isList = probe.format === 'edgelist';
  const scanner = isList ? new LineScanner(reader) : new CsvScanner(toDelimiter(probe.format), reader);
  await scanText(probe, scanner, { context: options });
  return reader.finish();
}

const isEdgeFormat = (format: FileFormat): format is EdgeFileFormat =>
  EDGE_FILE_FORMATS.some((known) => known === format);

const toDelimiter = (format: FileFormat): string => (format === 'csv' ? ',' : '\t');

/** What is known once the columns are: where they stand, and how a broken rule is put into words. */
interface Plan {
  readonly width: number;
  readonly mapping: EdgeMapping;
  readonly check: EdgeCheck;
  readonly rules: ReadonlyMap<string, Rule>;
  readonly columns: readonly string[];
  readonly weight: string | undefined;
}

class EdgeReader implements RecordSink {
  readonly #probe: FileProbe;
  readonly #options: EdgeFileOptions;
  readonly #isList: boolean;
  readonly #cells = new RecordCells();
  readonly #ids = NODE_TYPES.map(() => new IdTable());
  readonly #edges = new ListedColumns();
  readonly #rejects = new Map<string, number>();
  readonly #examples: RejectedRow[] = [];
  #plan: Plan | undefined;
  #rows = 0;

  constructor(probe: FileProbe, options: EdgeFileOptions) {
    this.#probe = probe;
    this.#options = options;
    this.#isList = probe.format === 'edgelist';
    checkEdgeMapping(probe.path, { from: 'from', to: 'to', ...options.mapping });
  }

  record(buffer: Buffer, span: Span, fields: number): void {
    const isRow = this.#isList ? this.#takeWords(buffer, span) : this.#takeFields(buffer, span, fields);
    if (!isRow) return;
    const broken = this.#plan!.check.run(this.#cells);
    if (broken) this.#reject(span.line, broken);
    else this.#add(this.#plan!.check);
  }

  /** The cells of a line of an edge list; false: a comment, or already rejected. */
  #takeWords(buffer: Buffer, span: Span): boolean {
    const cells = this.#cells;
    cells.splitWords(buffer, span);
    if (buffer[cells.starts[0]!] === HASH) return false;
    this.#plan ??= this.#toPlan(EDGE_LIST_COLUMNS);
    if (cells.count >= 2 && cells.count <= this.#plan.width) return true;
    this.#reject(span.line, cells.count < 2 ? tooFew(cells.count) : tooMany(cells.count));
    return false;
  }

  /** The cells of a record of CSV or TSV; false: the header, or already rejected. */
  #takeFields(buffer: Buffer, span: Span, fields: number): boolean {
    if (!this.#plan) {
      this.#plan = this.#toPlan(this.#toColumns(buffer.toString('utf8', span.start, span.end)));
      if (this.#hasHeader) return false;
    }
    const { width } = this.#plan;
    if (fields !== width) {
      const broken = fields < width ? tooFew(fields) : tooMany(fields);
      const where = this.#hasHeader ? 'header' : 'first record';
      this.#reject(span.line, broken, `${width} fields, as in the ${where}`);
      return false;
    }
    this.#cells.splitFields(buffer, span, toDelimiter(this.#probe.format).charCodeAt(0));
    return true;
  }

  fault(_: Buffer, { line }: Span, reason: Fault): void {
    if (!this.#isList && this.#hasHeader && !this.#plan) {
      const expected = 'a header with the names of the columns';
      throw unreadable(this.#probe.path, { line, found: reason, expected });
    }
    this.#reject(line, { reason, found: undefined }, EXPECTED[reason]);
  }

  finish(): EdgeFile {
    const { path } = this.#probe;
    // Without any record the columns are missing, and that is what is said.
    if (!this.#plan && !this.#isList && this.#hasHeader) this.#plan = this.#toPlan([]);
    const accepted = this.#edges.count;
    const rejectedByReason = Object.fromEntries(
      [...this.#rejects].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    );
    const examples = this.#examples;
    if (accepted === 0 || !this.#plan) {
      throw new ShelfwalkError('IMPORT_ALL_REJECTED', {
        file: path,
        rows: this.#rows,
        rejectedByReason,
        examples,
      });
    }
    const rows = { rowsRead: this.#rows, rowsAccepted: accepted, rowsRejected: this.#rows - accepted };
    const columns = toReportedColumns(this.#plan);
    return { ...this.#toGraph(this.#plan), report: { ...rows, rejectedByReason, examples, ...columns } };
  }

  get #hasHeader(): boolean {
    return this.#options.header ?? true;
  }

  #toColumns(record: string): readonly string[] {
    const cells = parseRecord(record, toDelimiter(this.#probe.format));
    if (this.#hasHeader) return cells;
    if (cells.length === 2 || cells.length === 3 || cells.length === 5)
      return EDGE_COLUMNS.slice(0, cells.length);
    throw unreadable(this.#probe.path, {
      line: 1,
      found: `${cells.length} fields`,
      expected: '2, 3 or 5 fields: from, to, weight, fromType, toType',
    });
  }

  #toPlan(columns: readonly string[]): Plan {
    const { path, format } = this.#probe;
    const given = this.#options.mapping ?? {};
    const ifThere = (name: string): string | undefined => (columns.includes(name) ? name : undefined);
    const toEnd = (name: string): { column: string } | undefined =>
      ifThere(name) === undefined ? undefined : { column: name };
    const weight = given.weight ?? ifThere('weight'); // of an edge list, always there
    const mapping: EdgeMapping = {
      ...{ from: 'from', to: 'to', ...given },
      fromType: given.fromType ?? toEnd('fromType'),
      toType: given.toType ?? toEnd('toType'),
      // The third word of an edge list may be left out, unless it was asked for.
      weight: this.#isList ? given.weight : weight,
    };
    const at = toColumnsAt(mapping, weight, (column) => findColumn(path, columns, column));
    const rules = [...(this.#isList ? EDGE_LIST_RULES : []), ...toEdgePlan(mapping, format).rules];
    return {
      width: columns.length,
      mapping,
      check: new EdgeCheck(at, mapping.typeMap),
      rules: new Map(rules.map((rule) => [rule.reason, rule])),
      columns,
      weight,
    };
  }

  #add({ from, to, weight }: EdgeCheck): void {
    this.#rows++;
    this.#edges.push(this.#toNode(from.type, from.cell), this.#toNode(to.type, to.cell), weight);
  }

  /** Number of a node, whatever its type: type by type they are interleaved. */
  #toNode(type: NodeType, cell: number): number {
    const { bytes, starts, ends } = this.#cells;
    const t = NODE_TYPES.indexOf(type);
    return this.#ids[t]!.intern(bytes, starts[cell]!, ends[cell]!) * NODE_TYPES.length + t;
  }

  #reject(line: number, { reason, found }: Broken, expected = this.#plan?.rules.get(reason)?.expected): void {
    this.#rows++;
    this.#rejects.set(reason, (this.#rejects.get(reason) ?? 0) + 1);
    if (this.#examples.length >= EXAMPLES) return;
    const column = this.#plan?.rules.get(reason)?.column || null;
    const quoted = found === undefined ? null : [...found].slice(0, QUOTED_CHARACTERS).join('');
    this.#examples.push({ line, column, reason, found: quoted, expected: expected ?? '' });
  }

  #toGraph({ mapping }: Plan): Pick<EdgeFile, 'ids' | 'ranges' | 'edges'> {
    const sorted = this.#ids.map((table) => table.sort());
    const ids: string[] = [];
    const ranges = NODE_TYPES.map((type, t): NodeRange => {
      const start = ids.length;
      for (const id of sorted[t]!.ids) ids.push(id);
      return { type, start, end: ids.length };
    });
    const toRow = (node: number): number => {
      const t = node % NODE_TYPES.length;
      return ranges[t]!.start + sorted[t]!.positionOf[(node - t) / NODE_TYPES.length]!;
    };
    const listed = this.#edges;
    for (let i = 0; i < listed.count; i++) {
      listed.from[i] = toRow(listed.from[i]!);
      listed.to[i] = toRow(listed.to[i]!);
    }
    const options = { nodeCount: ids.length, directed: mapping.directed ?? false };
    return { ids, ranges, edges: mergeEdges(listed, options) };
  }
}

const HASH = 35;
/** As many as the import shows. */
const EXAMPLES = 3;
const QUOTED_CHARACTERS = 200;

const tooFew = (fields: number): Broken => ({ reason: 'too-few-fields', found: `${fields} fields` });
const tooMany = (fields: number): Broken => ({ reason: 'too-many-fields', found: `${fields} fields` });

function toReportedColumns({
  mapping,
  columns,
  weight,
}: Plan): Pick<EdgeFileReport, 'columns' | 'columnsLeftOut'> {
  const { from, to, fromType, toType } = mapping;
  const toColumn = (type: EdgeMapping['fromType']): string | undefined =>
    type && 'column' in type ? type.column : undefined;
  const used = Object.entries({ from, to, weight, fromType: toColumn(fromType), toType: toColumn(toType) });
  const read = used.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const names = new Set(read.map(([, column]) => column));
  return { columns: Object.fromEntries(read), columnsLeftOut: columns.filter((name) => !names.has(name)) };
}
