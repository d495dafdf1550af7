/**
 * Ways to answer "what next" from one trained model: by the customer's own node, or by the products
 * the customer has bought; against the output matrix (in·out, "occurs with") or the input matrix
 * (cosine, "used alike"). The report measures all of them, because the choice matters as much as the vectors.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import { toNorm } from '../base/matrix.ts';
import { type Incidence, rowOf } from './incidence.ts';
import type { Population } from './population.ts';
import { type RowTable, scanRows, toRowTable } from './row-scan.ts';
import type { EvaluatedModel, Pause, Scorer, ScorerPlan } from './types.ts';

export interface EmbeddingInput {
  readonly model: EvaluatedModel;
  /** Without ages the recency roll-ups are left out. */
  readonly population: Pick<Population, 'train' | 'ages' | 'decay'>;
}

/** @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — the model's rows are not these customers and products */
export function findRange(
  model: EvaluatedModel,
  type: NodeType,
  count: number,
): { start: number; end: number } {
  const range = model.ranges.find((r) => r.type === type);
  const { vectors, contexts } = model;
  const fits =
    range && range.end - range.start === count && range.end <= Math.min(vectors.rows, contexts.rows);
  if (!fits || vectors.cols !== contexts.cols) {
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', {
      field: type,
      found: range ? range.end - range.start : 'no such rows',
      expected: `${count} rows of one length in both matrices`,
    });
  }
  return range;
}

/** @throws ShelfwalkError VECTOR_INVALID — a number of the model is not finite */
export function checkFinite({ vectors, contexts }: EvaluatedModel): void {
  for (const [field, matrix] of Object.entries({ vectors, contexts })) {
    for (let i = 0; i < matrix.data.length; i++) {
      if (Number.isFinite(matrix.data[i])) continue;
      throw new ShelfwalkError('VECTOR_INVALID', {
        field,
        row: Math.floor(i / matrix.stride),
        found: String(matrix.data[i]),
      });
    }
  }
}

/** Writes the customer's query and returns false where there is none: no vector, nothing is shown. */
type ToQuery = (customer: number, query: Float64Array) => boolean;

/** What all of them share; made when the first one is. */
interface Tables {
  readonly out: RowTable; // contexts of products
  readonly unit: RowTable; // vectors of products, cosine
  readonly plain: RowTable; // vectors of products, as they are
  readonly customers: RowTable;
}

type Range = ReturnType<typeof findRange>;

/** Made at the first call. */
function toTables(model: EvaluatedModel, customers: Range, products: Range): () => Tables {
  let made: Tables | undefined;
  return () => {
    made ??= {
      out: toRowTable(model.contexts, products, 'dot'),
      unit: toRowTable(model.vectors, products, 'cosine'),
      plain: toRowTable(model.vectors, products, 'dot'),
      customers: toRowTable(model.vectors, customers, 'dot'),
    };
    return made;
  };
}

/** @throws ShelfwalkError VECTOR_INVALID · EMBEDDING_SHAPE_MISMATCH — at once, before anything is ranked */
export function planEmbeddingScorers({ model, population }: EmbeddingInput): ScorerPlan[] {
  checkFinite(model);
  const { train, ages, decay } = population;
  const customers = findRange(model, 'customer', train.rows);
  const products = findRange(model, 'product', train.cols);
  const tables = toTables(model, customers, products);
  const node: ToQuery = (customer, query) => writeRow(tables().customers, customer, query);
  const alike = (): Float64Array => new Float64Array(train.items.length).fill(1);
  const recent = (of: Uint32Array) => (): Float64Array => Float64Array.from(of, (age) => decay ** age);
  const decayed = `n baskets ago weighing ${decay}^n`;
  const plan = (name: string, text: string, parts: () => ScorerParts): ScorerPlan => ({
    name,
    family: 'embedding',
    create: () => toScorer(name, text, parts()),
  });
  const rollUps = (name: string, text: string, weights: () => Float64Array): ScorerPlan[] => [
    plan(`${name}-in-out`, `mean vector of the customer's products, ${text} · the product's context`, () => ({
      table: tables().out,
      toQuery: toMeanOf(tables().plain, train, weights()),
    })),
    plan(`${name}-cosine`, `mean cosine to the customer's products, ${text}`, () => ({
      table: tables().unit,
      toQuery: toMeanOf(tables().unit, train, weights()),
    })),
  ];
  return [
    plan('customer-in-out', "the customer's vector · the product's context", () => ({
      table: tables().out,
      toQuery: node,
    })),
    plan('customer-cosine', "cosine of the customer's and the product's vectors", () => ({
      table: tables().unit,
      toQuery: node,
    })),
    ...rollUps('history', 'all alike', alike),
    ...(ages ? rollUps('recent', decayed, recent(ages)) : []),
  ];
}

/**
 * Weighted mean of the vectors of the customer's distinct training products: for in·out the vectors as
 * they are, which is the mean of the products' own in·out scores; for cosine unit vectors, the mean of cosines.
 * @param weights f64 [pairs of train]
 */
function toMeanOf(rows: RowTable, train: Incidence, weights: Float64Array): ToQuery {
  return (customer, query) => {
    query.fill(0);
    let total = 0;
    for (const [i, product] of rowOf(train, customer).entries()) {
      const factor = rows.factors[product]!;
      const weight = weights[train.offsets[customer]! + i]!;
      if (factor === 0) continue;
      const row = rows.matrix.row(rows.start + product);
      for (let d = 0; d < query.length; d++) query[d]! += row[d]! * factor * weight;
      total += weight;
    }
    for (let d = 0; total > 0 && d < query.length; d++) query[d]! /= total;
    return toNorm(query) > 0;
  };
}

/** The row as it is: the length of a query does not change a ranking. */
function writeRow(table: RowTable, i: number, query: Float64Array): boolean {
  if (table.factors[i] === 0) return false;
  query.set(table.matrix.row(table.start + i));
  return true;
}

interface ScorerParts {
  readonly table: RowTable;
  readonly toQuery: ToQuery;
}

function toScorer(name: string, text: string, { table, toQuery }: ScorerParts): Scorer {
  const missing = table.factors.reduce((n, f) => n + (f === 0 ? 1 : 0), 0);
  const scoreMany = async (
    customers: readonly number[],
    scores: readonly Float32Array[],
    pause: Pause,
  ): Promise<void> => {
    const queries: Float64Array[] = [];
    const out: Float32Array[] = [];
    for (const [i, customer] of customers.entries()) {
      const query = new Float64Array(table.matrix.cols);
      if (toQuery(customer, query)) {
        queries.push(query);
        out.push(scores[i]!);
      } else scores[i]!.fill(Number.NEGATIVE_INFINITY);
    }
    await scanRows(queries, table, { out, pause });
  };
  return {
    name,
    family: 'embedding',
    text,
    notes: missing > 0 ? [`${missing} products have no vector and are never shown`] : [],
    score: (customer, scores) => scoreMany([customer], [scores], () => undefined),
    scoreMany,
  };
}
