/** ALS as a baseline: fitted on the training pairs when it is first asked, with one set of parameters for all data. */
import { type AlsFactors, type AlsParams, fitAls } from './als.ts';
import type { Population } from './population.ts';
import type { Pause, Scorer } from './types.ts';

/** Chosen on the validation parts of two shops; never on a test part. */
export const ALS_PARAMS: AlsParams = {
  factors: 32,
  sweeps: 10,
  regularization: 10,
  confidence: 1,
  steps: 3,
};

/** Training pairs up to which it is fitted: some twenty seconds of one thread. */
export const MAX_ALS_PAIRS = 2_000_000;

/** score[p] = x_c · y_p. @param random draws from [0, 1) */
export function createAls(
  population: Pick<Population, 'train' | 'trainByProduct'>,
  random: () => number,
  params: AlsParams = ALS_PARAMS,
): Scorer {
  const { factors, sweeps, regularization, confidence } = params;
  let fitted: Promise<AlsFactors> | undefined;
  const score = async (customer: number, scores: Float32Array, pause: Pause): Promise<void> => {
    fitted ??= fitAls(population, params, { random, pause });
    const { customers, products } = await fitted;
    for (let p = 0; p < scores.length; p++) {
      let sum = 0;
      for (let f = 0; f < factors; f++)
        sum += customers[customer * factors + f]! * products[p * factors + f]!;
      scores[p] = sum;
    }
  };
  return {
    name: 'als',
    family: 'baseline',
    text: `factors by alternating least squares on what was bought and what was not: ${factors} of them, ${sweeps} sweeps, regularization ${regularization}, confidence ${confidence}`,
    score: (customer, scores) => score(customer, scores, () => undefined),
    async scoreMany(customers, scores, pause) {
      for (const [i, customer] of customers.entries()) {
        await score(customer, scores[i]!, pause);
        await pause();
      }
    },
  };
}
