/** What the demonstration says: that the shop is simulated, how it did, and three requests that work. */
import type { Demo } from '../pipeline/demo.ts';
import type { TrainResult } from '../pipeline/train-version.ts';
import { toEvaluationText } from './render-run.ts';
import { toNumberText } from './render-table.ts';

export interface DemoRequest {
  readonly about: string;
  readonly url: string;
}

export function toDemoRequests({ query, product, customer }: Demo, url: string): DemoRequest[] {
  const id = encodeURIComponent;
  return [
    { about: 'find a product by name', url: `${url}/v1/products?q=${id(query)}&limit=5` },
    {
      about: `what is used like "${product.name}"?`,
      url: `${url}/v1/products/${id(product.id)}/neighbors?limit=5`,
    },
    {
      about: `what might ${customer.name} like, and has not seen?`,
      url: `${url}/v1/customers/${id(customer.id)}/recommendations?limit=5`,
    },
  ];
}

/** For machines. */
export const toDemoFacts = (demo: Demo, url?: string): object => ({
  simulated: true,
  version: demo.version,
  isNew: demo.isNew,
  counts: demo.counts,
  url,
  requests: url === undefined ? undefined : toDemoRequests(demo, url),
});

export function toDemoText(demo: Demo, url?: string): string {
  const { products, customers, interactions } = demo.counts;
  const blocks = [
    `This shop is simulated: ${toNumberText(products)} products, ${toNumberText(customers)} customers, ` +
      `${toNumberText(interactions)} interactions, drawn at random with tastes planted in them.`,
    toEvaluationBlock(demo),
  ];
  if (url === undefined) blocks.push(`version ${demo.version} is ready`);
  else {
    const requests = toDemoRequests(demo, url).map((r) => `# ${r.about}\ncurl '${r.url}'`);
    blocks.push(`serving version ${demo.version} at ${url}`, ...requests);
    blocks.push(`${url}/docs documents the API; Ctrl-C stops the server`);
  }
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Only after a training: a second start comes straight to the point. */
function toEvaluationBlock({ isNew, report }: Demo): string {
  const { evaluation } = report as Partial<Pick<TrainResult, 'evaluation'>>;
  return isNew && evaluation ? toEvaluationText(evaluation, { short: true }).trimEnd() : '';
}
