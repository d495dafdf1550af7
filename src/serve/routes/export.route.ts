/** All vectors of a model as one file, in the formats of docs/export.md, sent while it is written. */
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { ShelfwalkError } from '../../base/errors.ts';
import type { NodeType } from '../../base/ids.ts';
import type { LiveModel, ModelRef } from '../../pipeline/live-types.ts';
import type { ServerConfig } from '../../pipeline/server-config.ts';
import { FORMAT_NAMES, FORMATS } from '../../vectors/formats/formats.ts';
import { MATRICES, selectRows } from '../../vectors/formats/select-rows.ts';
import { type ExportFile, KEY_STYLES, type VectorFormat } from '../../vectors/formats/types.ts';
import { createExportSender } from '../export-reply.ts';
import { defineRoute, type Route } from '../route.ts';
import { modelChoice, nodeType, noParams, versionId } from '../schemas.ts';

const PARTS = ['vectors', 'keys'] as const;

const exportQuery = z.strictObject({
  format: z.enum(FORMAT_NAMES),
  part: z
    .enum(PARTS)
    .default('vectors')
    .describe('keys: the second file of a format that has two, one row for each of the first'),
  type: nodeType.optional().describe('nodes of this type only; default: all'),
  matrix: z.enum(MATRICES).default('vectors').describe('vectors: "used alike"; contexts: "occurs with"'),
  keys: z
    .enum(KEY_STYLES)
    .default('type:id')
    .describe('of word2vec, which has no column for the type; id alone needs nodes of one type'),
  model: modelChoice,
  ifVersion: versionId
    .optional()
    .describe('refuse unless the alias points at this one now; for the second file of a pair'),
});
type ExportQuery = z.infer<typeof exportQuery>;

const MEDIA_TYPES = [
  ...new Set(FORMAT_NAMES.flatMap((name) => FORMATS[name].files.map((file) => file.contentType))),
];

const HEADERS = {
  'X-Shelfwalk-Model': 'alias, of which the version was taken when the reply began',
  'X-Shelfwalk-Version': 'version that the whole file is of',
  'X-Shelfwalk-Space': 'of that version, percent-encoded; vectors of one space are comparable',
  ETag: 'to send as If-None-Match the next time',
  'Content-Disposition': 'a file name that says version, type and matrix',
};

export interface ExportDeps {
  readonly live: Pick<LiveModel, 'getContent'>;
  readonly limits: ServerConfig['limits'];
  /** Of shelfwalk: another one may write another file. */
  readonly release: string;
}

export function exportRoute({ live, limits, release }: ExportDeps): Route {
  const sender = createExportSender({ limit: limits.exports, stallMs: limits.exportStallMs });
  return defineRoute({
    method: 'get',
    path: '/v1/embeddings/export',
    tag: 'embeddings',
    summary: 'All vectors of one version, as a file',
    scope: 'read',
    params: noParams,
    query: exportQuery,
    mediaType: MEDIA_TYPES,
    headers: HEADERS,
    otherStatuses: { 304: 'the file is still the one of If-None-Match' },
    response: z.string().describe('the file, as `shelfwalk export` writes it'),
    errors: [
      'NO_MODEL',
      'ALIAS_UNKNOWN',
      'ALIAS_MOVED',
      'CONTEXTS_MISSING',
      'NODE_KEY_INVALID',
      'REQUEST_UNPROCESSABLE',
    ],
    async handle({ query }, reply) {
      const format = FORMATS[query.format];
      const file = getFile(format, query.part);
      // From here on it is this version, wherever the alias moves and whatever becomes of the folder.
      const { model, content } = await live.getContent(query);
      checkVersion(model, query.ifVersion);
      const { matrix, keys } = query;
      const types = query.type && [query.type];
      const rows = selectRows(content, { types, matrix, ...(format.joinsKeys && { keys }) });
      const headers = {
        ...toModelHeaders(model),
        ETag: toEtag(model, { ...query, release }),
        'Cache-Control': toCacheControl(file),
      };
      if (isKnown(reply, headers.ETag)) return void reply.writeHead(304, headers).end();
      const name = toFileName(model, { ...query, format, file });
      const begin = () =>
        reply.writeHead(200, {
          ...headers,
          'Content-Type': file.contentType,
          'Content-Disposition': `attachment; filename="${name}"`,
        });
      if (reply.req.method === 'HEAD') return void begin().end();
      await sender.send(reply, () => {
        begin();
        return file.write(rows);
      });
      return undefined;
    },
  });
}

/** @throws ShelfwalkError REQUEST_INVALID — the format has one file only */
function getFile({ name, files }: VectorFormat, part: (typeof PARTS)[number]): ExportFile {
  const file = files[PARTS.indexOf(part)];
  if (file) return file;
  throw new ShelfwalkError('REQUEST_INVALID', {
    field: 'part',
    found: part,
    expected: `vectors: format ${name} is one file, with the keys in it`,
  });
}

/** @throws ShelfwalkError ALIAS_MOVED */
function checkVersion({ alias, version }: ModelRef, expected: string | undefined): void {
  if (expected === undefined || expected === version) return;
  throw new ShelfwalkError('ALIAS_MOVED', {
    alias,
    expected,
    found: version,
    hint: 'Take both files again, each with ifVersion',
  });
}

const toModelHeaders = ({ alias, version, spaceId }: ModelRef): Record<string, string> => ({
  'X-Shelfwalk-Model': alias,
  'X-Shelfwalk-Version': version,
  'X-Shelfwalk-Space': encodeURIComponent(spaceId),
});

/** Weak: compressed or not it is the same file. A version never changes, so what was asked of it says all. */
const toEtag = (
  { version }: ModelRef,
  { format, part, type, matrix, keys, release }: ExportQuery & { readonly release: string },
): string => `W/"${[release, version, format, part, type ?? 'all', matrix, keys].join('/')}"`;

/**
 * It may be kept but must be asked for again, because an alias moves. What is no text is sent as it is:
 * compressing floats takes long and gains next to nothing.
 */
const toCacheControl = ({ contentType }: ExportFile): string =>
  contentType.includes('charset=') ? 'private, no-cache' : 'private, no-cache, no-transform';

function isKnown({ req }: ServerResponse, etag: string): boolean {
  const known = (req.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  return known.includes('*') || known.includes(etag) || known.includes(etag.replace('W/', ''));
}

interface Named {
  readonly type?: NodeType;
  readonly matrix: string;
  readonly format: VectorFormat;
  readonly file: ExportFile;
}

/** A pair is saved as `shelfwalk models import` looks for it. */
function toFileName({ version }: ModelRef, { type, matrix, format, file }: Named): string {
  const stem = [version, type ?? 'all', matrix].join('-');
  return `${stem}${file.companion || format.extension}`;
}
