/**
 * What must not be: that a training part, or a model, knows of the test part. Parts are made elsewhere, and
 * are held here to the split they are said to be of, because a leak looks like a good model.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { InteractionColumns, Split } from '../graph/types.ts';
import type { EvaluationInput } from './types.ts';

type Parts = Pick<EvaluationInput, 'train' | 'test'>;

/**
 * Columns without times pass the checks by time: of such data an order is all there is, and columns do not
 * carry it. Files given as test part are taken as they are; `repeatPairShare` says what they repeat.
 * @throws ShelfwalkError TEST_LEAKED
 */
export function refuseLeaks({
  train,
  test,
  split,
  model,
}: Parts & Pick<EvaluationInput, 'split' | 'model'>): void {
  if (split) REFUSE[split.protocol]({ train, test }, split);
  const first = toExtreme(test, Math.min);
  const knownUntil = model?.knownUntilMs;
  if (knownUntil === undefined || first === undefined || knownUntil < first) return;
  throw new ShelfwalkError('TEST_LEAKED', {
    found: `a model that knows of events until ${toInstant(knownUntil)}`,
    expected: `one that ends before the test part begins, ${toInstant(first)}`,
  });
}

const REFUSE: Record<Split['protocol'], (parts: Parts, split: Split) => void> = {
  time: ({ train, test }, split) => {
    const { cutoffMs } = split as Extract<Split, { protocol: 'time' }>;
    const last = toExtreme(train, Math.max);
    if (last !== undefined && last >= cutoffMs) refuse(`a training event of ${toInstant(last)}`, cutoffMs);
    const first = toExtreme(test, Math.min);
    if (first !== undefined && first < cutoffMs) refuse(`a test event of ${toInstant(first)}`, cutoffMs);
  },
  'last-basket': refuseLater,
  'last-item': refuseLater,
  random: ({ train, test }) => {
    const trained = new Set(toPairs(train));
    if (!toPairs(test).some((pair) => trained.has(pair))) return;
    const [found, expected] = ['a pair of customer and product in both parts', 'pairs drawn whole'];
    throw new ShelfwalkError('TEST_LEAKED', { found, expected });
  },
  files: () => undefined,
};

function refuse(found: string, cutoffMs: number): never {
  throw new ShelfwalkError('TEST_LEAKED', { found, cutoff: toInstant(cutoffMs) });
}

/** Of one customer nothing in training may be later than all that is held out. */
function refuseLater({ train, test }: Parts): void {
  const last = new Map<number, number>();
  for (let i = 0; i < test.count; i++) {
    const at = test.timeMs[i]!;
    if (!Number.isNaN(at))
      last.set(test.customer[i]!, Math.max(at, last.get(test.customer[i]!) ?? -Infinity));
  }
  for (let i = 0; i < train.count; i++) {
    const held = last.get(train.customer[i]!);
    if (held === undefined || !(train.timeMs[i]! > held)) continue;
    throw new ShelfwalkError('TEST_LEAKED', {
      found: `a training event of ${toInstant(train.timeMs[i]!)}`,
      expected: `none of this customer after ${toInstant(held)}, which is held out`,
    });
  }
}

/** Undefined where no row has a time. */
function toExtreme({ count, timeMs }: InteractionColumns, of: typeof Math.min): number | undefined {
  let found: number | undefined;
  for (let i = 0; i < count; i++) {
    const at = timeMs[i]!;
    if (!Number.isNaN(at)) found = found === undefined ? at : of(found, at);
  }
  return found;
}

const toPairs = ({ count, customer, product }: InteractionColumns): string[] =>
  Array.from({ length: count }, (_, i) => `${customer[i]} ${product[i]}`);

const toInstant = (ms: number): string => new Date(ms).toISOString();
