/** The first rows of an answer, and the plan of a statement: what the runner of queries takes from the driver. */
import type { Result, Plan as ResultPlan } from 'neo4j-driver';

export interface PageLimits {
  readonly maxRows: number;
  /** The server ends the transaction then. */
  readonly timeoutMs: number;
}

export interface Page {
  readonly columns: readonly string[];
  /** Values as the driver gives them, in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[];
  /** There were more rows than the limit lets through. */
  readonly truncated: boolean;
}

export interface Plan {
  /** r reads, rw reads and writes, w writes, s changes the schema or settings. */
  readonly queryType: string;
  /** From the result down to where the data come from. */
  readonly operators: readonly { readonly name: string; readonly details: string }[];
}

export async function takePage(result: Result, maxRows: number): Promise<Page> {
  const columns = (await result.keys()).map(String);
  const rows: unknown[][] = [];
  for await (const record of result) {
    if (rows.length === maxRows) return { columns, rows, truncated: true }; // what is left is discarded
    rows.push([...record.values()]);
  }
  return { columns, rows, truncated: false };
}

export async function takePlan(result: Result): Promise<Plan> {
  const { queryType, plan } = await result.summary();
  return { queryType, operators: plan === false ? [] : toOperators(plan) };
}

function toOperators({ operatorType, arguments: facts, children }: ResultPlan): Plan['operators'] {
  const { Details: details } = facts as { readonly Details?: unknown };
  // `NodeUniqueIndexSeek@neo4j`: the database is not part of the name.
  const own = { name: operatorType.replace(/@.*$/, ''), details: String(details ?? '') };
  return [own, ...children.flatMap(toOperators)];
}
