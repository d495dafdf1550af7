/**
 * JSON that carries its own checksum: the last member, `sha256`, is over the text without it. So the
 * small files that everything hangs on need no second file beside them that could get lost or be old.
 */
import { createHash } from 'node:crypto';

const TAIL = /,\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/;

/** @param value must have at least one member, and none called sha256 */
export function toSealedJson(value: Readonly<Record<string, unknown>>): Buffer {
  const body = `${JSON.stringify(value, null, 2)}\n`;
  return Buffer.from(body.replace(/\n\}\n$/, `,\n  "sha256": "${sha256(Buffer.from(body))}"\n}\n`));
}

/** Undefined where a single byte is not as it was written. */
export function fromSealedJson(bytes: Uint8Array): Record<string, unknown> | undefined {
  const text = Buffer.from(bytes).toString('latin1'); // one character per byte: nothing is repaired on the way
  const tail = TAIL.exec(text);
  if (!tail) return undefined;
  const body = Buffer.concat([bytes.subarray(0, tail.index), Buffer.from('\n}\n')]);
  return sha256(body) === tail[1]
    ? (JSON.parse(body.toString('utf8')) as Record<string, unknown>)
    : undefined;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
