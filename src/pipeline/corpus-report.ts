/** What became of a catalog's interactions on their way into sentences, with outside ids. */
import type { Corpus, CorpusFacts } from '../graph/corpus.ts';
import type { Snapshot } from '../graph/types.ts';

export interface RareProduct {
  readonly id: string;
  readonly count: number;
}

/** As it stands in the version's report. */
export interface CorpusReport extends CorpusFacts {
  /** Left out for minCount, all of them: the most frequent first. */
  readonly rare: readonly RareProduct[];
  /** Frequent enough, but never beside another product. */
  readonly alone: readonly string[];
}

/** As it stands in a reply: the lists may be long. */
export interface CorpusSummary extends CorpusFacts {
  readonly firstRare: readonly RareProduct[];
}

const FIRST = 5;

export function toCorpusReport(corpus: Corpus, { ids, ranges }: Snapshot): CorpusReport {
  const idOf = (position: number): string => ids[ranges[1]!.start + position]!;
  const rare = corpus.rare.toSorted((a, b) => b.count - a.count || a.position - b.position);
  return {
    ...corpus.facts,
    rare: rare.map(({ position, count }) => ({ id: idOf(position), count })),
    alone: corpus.alone.map(idOf),
  };
}

export function toCorpusSummary({ rare, alone: _, ...facts }: CorpusReport): CorpusSummary {
  return { ...facts, firstRare: rare.slice(0, FIRST) };
}
