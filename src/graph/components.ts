/**
 * Which nodes hang together, and whether two colours do, both asked of the graph without directions: an
 * arc joins its ends whichever way it points. One pass of union–find with parity (Tarjan 1975; the bit
 * beside the parent says whether a node has its parent's colour), near O(n + m).
 */

export interface Components {
  /** [n] one node of the component, the same for all of it; an isolated node is its own. */
  readonly roots: Uint32Array;
  /** No odd cycle, hence no triangle of any directions. */
  readonly twoColourable: boolean;
  /** [n] 0 or 1; of a two-colourable graph the ends of every arc differ. The first node of a component has 0. */
  readonly colours: Uint8Array;
}

/** @param offsets u32 [n + 1] @param targets u32 [m] */
export function findComponents(offsets: Uint32Array, targets: Uint32Array): Components {
  const n = offsets.length - 1;
  const parents = Uint32Array.from({ length: n }, (_, v) => v);
  const differs = new Uint8Array(n); // 1 where a node's colour is not its parent's
  const sizes = new Uint32Array(n).fill(1);
  /** Twice the root, plus 1 where the colours of v and the root differ. Halves the path as it goes. */
  const find = (node: number): number => {
    let v = node;
    let colour = 0;
    while (parents[v] !== v) {
      const parent = parents[v]!;
      differs[v]! ^= differs[parent]!; // a root's is 0
      parents[v] = parents[parent]!;
      colour ^= differs[v]!;
      v = parents[v]!;
    }
    return 2 * v + colour;
  };
  /** @returns whether the ends have different colours, or may be given them */
  const join = (one: number, other: number): boolean => {
    let [small, large] = [one >>> 1, other >>> 1];
    const differ = (one ^ other) & 1;
    if (small === large) return differ === 1;
    if (sizes[small]! > sizes[large]!) [small, large] = [large, small];
    parents[small] = large;
    differs[small] = 1 - differ;
    sizes[large]! += sizes[small]!;
    return true;
  };
  let twoColourable = true;
  for (let v = 0; v < n; v++) {
    let root = find(v);
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) {
      if (!join(root, find(targets[a]!))) twoColourable = false;
      if (parents[root >>> 1] !== root >>> 1) root = find(v);
    }
  }
  const roots = new Uint32Array(n);
  const colours = new Uint8Array(n);
  const firsts = new Int8Array(n).fill(-1); // by root: the colour of the component's first node
  for (let v = 0; v < n; v++) {
    const found = find(v);
    const root = found >>> 1;
    if (firsts[root] === -1) firsts[root] = found & 1;
    roots[v] = root;
    colours[v] = (found & 1) ^ firsts[root]!;
  }
  return { roots, twoColourable, colours };
}
