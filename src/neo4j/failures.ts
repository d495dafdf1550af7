/**
 * What the driver and the server report, as our failures. Nothing of what was sent is passed on: neither
 * the password, which the driver does not show, nor parameters, which a server's message may quote.
 */
import { Neo4jError } from 'neo4j-driver';
import { type ErrorCode, ShelfwalkError } from '../base/errors.ts';

/** Where it happened, as far as a reader may see it. */
export interface Place {
  /** Without user and password: they are never part of it. */
  readonly uri: string;
  readonly database?: string;
  /** Of the statement: `load-interactions`. */
  readonly statement?: string;
}

interface Rule {
  readonly when: RegExp;
  readonly code: ErrorCode;
  readonly hint?: string;
}

/** By the server's status code, first match wins; the driver's own codes are words without dots. */
const RULES: readonly Rule[] = [
  {
    when: /^Neo\.ClientError\.Security\.(Unauthorized|AuthenticationRateLimit|CredentialsExpired)/,
    code: 'NEO4J_UNAUTHORIZED',
    hint: 'Set NEO4J_USER and NEO4J_PASSWORD (or NEO4J_PASSWORD_FILE); too many wrong ones close the door for some seconds',
  },
  { when: /^Neo\.ClientError\.Security\./, code: 'NEO4J_UNAUTHORIZED', hint: 'This user may not do that' },
  {
    when: /^Neo\.ClientError\.Database\.(DatabaseNotFound|IllegalDatabaseName)/,
    code: 'NEO4J_DATABASE_UNKNOWN',
    hint: 'Set NEO4J_DATABASE, or leave it out for the default database',
  },
  {
    when: /^Neo\.(ClientError|DatabaseError)\.Schema\.(Constraint|Equivalent|Index)/,
    code: 'NEO4J_CONSTRAINT',
    hint: 'Two nodes of one label have the same id, or a constraint of another name is in the way',
  },
  {
    when: /TransactionTimedOut|LockClient.*Timed|^Neo\.ClientError\.Transaction\.LockAcquisitionTimeout/,
    code: 'NEO4J_TIMEOUT',
  },
  { when: /^Neo\.(ClientError|DatabaseError)\./, code: 'NEO4J_STATEMENT_REFUSED' },
  { when: /^Neo\.TransientError\.General\.DatabaseUnavailable/, code: 'NEO4J_UNREACHABLE' },
  {
    when: /^Neo\.TransientError\./,
    code: 'NEO4J_BUSY',
    hint: 'It was tried several times; try again when the server has less to do',
  },
  {
    when: /^(ServiceUnavailable|SessionExpired|N\/A|ProtocolError)$/,
    code: 'NEO4J_UNREACHABLE',
    hint: 'Is it running, and is this the address of its Bolt port?',
  },
];

/** Codes of connections and transactions that may do better the next time; the driver's own list says which. */
export const isPassing = (error: unknown): boolean => Neo4jError.isRetryable(error);

/** The failure of any call into the driver; ours pass as they are. */
export function toNeo4jFailure(cause: unknown, place: Place): ShelfwalkError {
  if (cause instanceof ShelfwalkError) return cause;
  const where = { server: place.uri, database: place.database, statement: place.statement };
  if (!(cause instanceof Neo4jError)) {
    // The driver throws plain errors for what was configured wrongly: a scheme that does not exist, a closed driver.
    const found = cause instanceof Error ? firstLine(cause.message) : String(cause);
    return new ShelfwalkError('INTERNAL', { ...where, found }, { cause });
  }
  if (/connection acquisition timed out|Failed to establish connection in/i.test(cause.message)) {
    return new ShelfwalkError('NEO4J_UNREACHABLE', { ...where, found: firstLine(cause.message) }, { cause });
  }
  const rule = RULES.find(({ when }) => when.test(cause.code));
  if (!rule) return new ShelfwalkError('INTERNAL', { ...where, found: cause.code }, { cause });
  const { code, hint } = rule;
  // Only the server's own objections help who wrote a statement; other messages hold addresses and advice on drivers.
  const found =
    code === 'NEO4J_STATEMENT_REFUSED' ? `${cause.code}: ${firstLine(cause.message)}` : cause.code;
  return new ShelfwalkError(code, { ...where, found, hint }, { cause });
}

const firstLine = (message: string): string => message.split('\n', 1)[0]!.slice(0, 300);
