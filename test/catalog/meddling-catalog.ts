/**
 * A catalog into which something is written before every single read, those at a moment included: whoever
 * reads ids and then edges of two commits gets a graph that is wrong, and a test sees it.
 */
import type { Catalog, CatalogMoment } from '../../src/catalog/types.ts';

/** @param write gets the number of the read, from 0 */
export function meddleWith(catalog: Catalog, write: (n: number) => Promise<void>): Catalog {
  let reads = 0;
  const before = () => write(reads++);
  const meddled = (reader: CatalogMoment): CatalogMoment => {
    async function* stream<T>(open: () => AsyncIterable<T>): AsyncGenerator<T> {
      await before();
      for await (const chunk of open()) {
        yield chunk;
        await before();
      }
    }
    const read = async <T>(work: () => Promise<T>): Promise<T> => {
      await before();
      return work();
    };
    return {
      nodeIds: (type) => read(() => reader.nodeIds(type)),
      nodeNames: (type) => read(() => reader.nodeNames(type)),
      interactionEdges: (...how) => stream(() => reader.interactionEdges(...how)),
      attributeEdges: (owner) => stream(() => reader.attributeEdges(owner)),
      productArcs: (...how) => stream(() => reader.productArcs(...how)),
      countProductArcs: (...how) => read(() => reader.countProductArcs(...how)),
      givenEdges: (split) => stream(() => reader.givenEdges(split)),
      interactions: (...how) => read(() => reader.interactions(...how)),
      proposeSplit: (...how) => read(() => reader.proposeSplit(...how)),
      interactionTypes: () => read(() => reader.interactionTypes()),
      interactionTotals: () => stream(() => reader.interactionTotals()),
      revision: () => read(() => reader.revision()),
      counts: () => read(() => reader.counts()),
      lastEventMs: () => read(() => reader.lastEventMs()),
      list: (query) => read(() => reader.list(query)),
      find: (type, id) => read(() => reader.find(type, id)),
      attributesOf: (type, ids) => read(() => reader.attributesOf(type, ids)),
      neighborhoods: (...how) => read(() => reader.neighborhoods(...how)),
      history: (...how) => read(() => reader.history(...how)),
      matching: (filter) => read(() => reader.matching(filter)),
      valuesOf: (kind) => read(() => reader.valuesOf(kind)),
      watermark: () => read(() => reader.watermark()),
      putAgain: () => read(() => reader.putAgain()),
      atOneMoment: (work) => reader.atOneMoment((moment) => work(meddled(moment))),
    };
  };
  return { ...catalog, ...meddled(catalog) };
}
