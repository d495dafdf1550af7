/** The order of a version, and the permutation in place, against a plain sort of copies. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NODE_TYPES } from '../../../src/base/ids.ts';
import { Matrix } from '../../../src/base/matrix.ts';
import { orderRows } from '../../../src/vectors/formats/order-rows.ts';

const node = fc.record({
  type: fc.constantFrom(...NODE_TYPES),
  id: fc.string({ unit: fc.constantFrom('a', 'B', '0', '🧦', '\uffee', 'é'), maxLength: 3 }),
});

test('types in their order, ids by their UTF-8 bytes, every row with its own vector', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(node, { maxLength: 40, selector: ({ type, id }) => `${type}:${id}` }),
      fc.integer({ min: 1, max: 3 }),
      (nodes, dimension) => {
        const data = Float32Array.from({ length: nodes.length * dimension }, (_, i) => i);
        const rows = nodes.map((one, i) => ({
          ...one,
          vector: [...data.subarray(i * dimension, (i + 1) * dimension)],
        }));
        const expected = rows.sort(
          (a, b) =>
            NODE_TYPES.indexOf(a.type) - NODE_TYPES.indexOf(b.type) ||
            Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)),
        );
        const vectors = new Matrix(data, nodes.length, dimension);
        const table = orderRows({
          types: nodes.map(({ type }) => type),
          ids: nodes.map(({ id }) => id),
          names: nodes.map(({ id }) => `name of ${id}`),
          vectors,
        });
        const found = table.ranges.flatMap(({ type, start, end }) =>
          Array.from({ length: end - start }, (_, i) => {
            return { type, id: table.ids[start + i], vector: [...vectors.row(start + i)] };
          }),
        );
        expect(found).toEqual(expected);
        expect(table.names).toEqual(table.ids.map((id) => `name of ${id}`));
        expect(table.degrees).toEqual(new Uint32Array(nodes.length));
      },
    ),
    { numRuns: 300 },
  );
});
