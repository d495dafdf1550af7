import { describe, expect, test } from 'vitest';
import { selectRows } from '../../../src/vectors/formats/select-rows.ts';
import { buildContent } from '../content.ts';

/** 10 customers, 15 products, 5 attributes; product 12 and all customers but 3 without a vector. */
function toContent() {
  const content = buildContent();
  for (const row of [0, 1, 2, 4, 5, 6, 7, 8, 9, 12]) content.vectors.row(row).fill(0);
  return content;
}

describe('which rows leave a version', () => {
  const content = toContent();
  const rowsOf = (rows: Iterable<{ type: string; id: string }>) =>
    Array.from(rows, ({ id }) => content.nodes.ids.indexOf(id));

  test('nodes with a vector, of all types, in the order of the version; the others are counted', () => {
    const rows = selectRows(content);
    expect(rowsOf(rows)).toEqual([3, 10, 11, ...Array.from({ length: 17 }, (_, i) => 13 + i)]);
    expect(rows).toMatchObject({ count: 20, leftOut: 10, dimension: 8 });
    expect(rowsOf(rows)).toHaveLength(rows.count); // a second time: a format may have two files
  });

  test('of some types, and the same nodes from either matrix', () => {
    const [vectors, contexts] = (['vectors', 'contexts'] as const).map((matrix) =>
      selectRows(content, { types: ['attribute', 'customer'], matrix }),
    );
    expect(rowsOf(vectors!)).toEqual([3, 25, 26, 27, 28, 29]);
    expect(rowsOf(contexts!)).toEqual(rowsOf(vectors!));
    const [first] = contexts!;
    expect(first!.vector).toEqual(content.contexts!.row(3)); // padding of rows left out
    expect(first!.vector).toHaveLength(8);
  });

  test('ids alone as keys: of one type, and each able to stand', () => {
    const refusal = (code: string, hint: string) =>
      expect.objectContaining({
        code,
        details: expect.objectContaining({ hint: expect.stringContaining(hint) }),
      });
    const withIds = (odd: Record<number, string> = {}) => {
      const ids = content.nodes.ids.map((_, row) => odd[row] ?? `id-${row}`);
      return { ...content, nodes: { ...content.nodes, ids } };
    };
    const wanted = { types: ['product'], keys: 'id' } as const;
    expect(selectRows(withIds(), wanted)).toMatchObject({ count: 14, keys: 'id' });
    expect(() => selectRows(withIds(), { keys: 'id' })).toThrow(
      refusal('REQUEST_UNPROCESSABLE', '--type product'),
    );
    const spaced = withIds({ 13: 'a b' });
    expect(() => selectRows(spaced, wanted)).toThrow(refusal('NODE_KEY_INVALID', '--keys type:id'));
    expect(selectRows(spaced, { types: ['product'] }).count).toBe(14); // escaped, in keys with types
    expect(selectRows(withIds({ 12: 'a b' }), wanted).count).toBe(14); // has no vector: is in no file
  });

  test('refused: contexts that are not there, types without a vector', () => {
    const alone = { ...content, contexts: undefined };
    expect(() => selectRows(alone, { matrix: 'contexts' })).toThrow('no context vectors');
    for (const row of [3]) content.vectors.row(row).fill(0);
    expect(() => selectRows(content, { types: ['customer'] })).toThrow('no node with a vector');
  });
});
