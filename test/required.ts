/**
 * Tests that need something which is not in the repository. Where it is missing they say that they did not
 * run; where SHELFWALK_REQUIRE (a comma list) names it, that is a failure.
 */
export type Needed = 'datasets' | 'gensim' | 'neo4j';

/** @param said what is missing, and where to read how to get it */
export function reportMissing(what: Needed, said: string): undefined {
  if (process.env['SHELFWALK_REQUIRE']?.split(',').includes(what)) throw new Error(said);
  console.warn(`not run — ${said}`);
  return undefined;
}
