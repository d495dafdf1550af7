/**
 * Reads a JSON body within bounds: bytes after inflation, nesting before it is parsed, and numbers that
 * a double can hold.
 */
import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { ShelfwalkError } from '../base/errors.ts';

/** No input of ours nests deeper than 8. */
const MAX_DEPTH = 64;

/** Named, because the parser's own list grows with Node's (zstd from 22 on) and the API must not. */
const ENCODINGS = ['identity', 'gzip', 'deflate', 'br'];

const utf8 = new TextDecoder('utf-8', { fatal: true });

const JSON_TYPE = /^application\/json *(; *charset="?utf-?8"? *)?$/i;
const LINES_TYPE = /^application\/x-ndjson *(; *charset="?utf-?8"? *)?$/i;

/** @param parseLines reads a body of NDJSON, where one may be sent */
export function createBodyReader(
  limitBytes: number,
  parseLines?: (bytes: Buffer) => unknown,
): RequestHandler {
  const read = express.raw({ limit: limitBytes, type: ['application/json', 'application/x-ndjson'] });
  return (request, response, next) => {
    // No type and no body is a body that is missing: the schema says so better.
    const type = request.headers['content-type'] ?? (hasBody(request) ? 'no Content-Type' : undefined);
    const isLines = type !== undefined && parseLines !== undefined && LINES_TYPE.test(type);
    if (type !== undefined && !isLines && !JSON_TYPE.test(type)) {
      const expected = ['application/json', ...(parseLines ? ['application/x-ndjson'] : [])];
      throw new ShelfwalkError('MEDIA_TYPE_UNSUPPORTED', { found: type, expected: expected.join(' or ') });
    }
    const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (!ENCODINGS.includes(encoding)) {
      throw new ShelfwalkError('MEDIA_TYPE_UNSUPPORTED', { found: encoding, expected: ENCODINGS });
    }
    read(request, response, (error?: unknown) => {
      if (error) return next(error);
      try {
        const bytes = Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : undefined;
        request.body = bytes && (isLines ? parseLines(bytes) : parseJson(bytes));
      } catch (refusal) {
        return next(refusal);
      }
      next();
    });
  };
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;

/** @throws ShelfwalkError REQUEST_INVALID — not JSON, too deep, or a number that overflows */
export function parseJson(bytes: Buffer): unknown {
  checkDepth(bytes);
  let body: unknown;
  try {
    body = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new ShelfwalkError(
      'REQUEST_INVALID',
      { field: 'body', found: toFound(error), expected: 'JSON in UTF-8' },
      { cause: error },
    );
  }
  const field = findInfinite(body, '');
  if (field === undefined) return body;
  throw new ShelfwalkError('REQUEST_INVALID', {
    field,
    found: 'a number too large for a double',
    expected: 'a finite number',
  });
}

/** The parser says where it stopped, by a few characters around it or by their position. */
const toFound = (error: unknown): string =>
  error instanceof SyntaxError ? error.message : 'bytes that are not UTF-8';

/** Over the bytes, because the parser would build the nesting before anyone could object. */
function checkDepth(bytes: Buffer): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i];
    if (inString) {
      if (c === 0x5c)
        i++; // a backslash takes the next byte along
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > MAX_DEPTH)
        throw new ShelfwalkError('REQUEST_INVALID', {
          field: 'body',
          expected: `at most ${MAX_DEPTH} levels of nesting`,
        });
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
}

/** JSON has no Infinity, but `1e999` becomes one. Depth is bounded by `checkDepth`. */
function findInfinite(value: unknown, path: string): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path || 'body';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const name of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[name];
    // Most of what there is are numbers and text: a path is made only for what may need one.
    if (typeof inner === 'string' || (typeof inner === 'number' && Number.isFinite(inner))) continue;
    const found = findInfinite(inner, path ? `${path}.${name}` : name);
    if (found !== undefined) return found;
  }
  return undefined;
}
