/** A stream that a test reads back. */
import { Writable } from 'node:stream';

/** A stream that keeps what is written to it. */
export function createSink(isTTY = false): {
  stream: NodeJS.WritableStream & { isTTY: boolean };
  text: () => string;
} {
  let kept = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      kept += String(chunk);
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY }), text: () => kept };
}
