/**
 * Every failure shelfwalk can report on purpose. docs/errors.md is checked against this table by
 * test/docs. `status` is what HTTP answers with, `exit` what the command line ends with.
 *
 * exit: 2 usage or bad input · 3 not there yet (nothing to serve, unknown id) · 4 busy or in use · 5 a limit · 1 the rest
 */
export const ERRORS = {
  // base
  NODE_KEY_INVALID: { status: 400, exit: 2, text: 'this is not the name of a node' },
  CONFIG_INVALID: { status: 400, exit: 2, text: 'the configuration does not match its schema' },
  ABORTED: { status: 499, exit: 1, text: 'stopped before it was done' },
  FOLDER_UNUSABLE: { status: 500, exit: 2, text: 'this folder cannot be used' },
  INTERNAL: { status: 500, exit: 1, text: 'something went wrong that should not have' },
  // graph
  GRAPH_EDGE_INVALID: { status: 422, exit: 2, text: 'an edge names a node that does not exist' },
  GRAPH_WEIGHT_INVALID: { status: 422, exit: 2, text: 'edge weights must be finite and > 0' },
  GRAPH_EMPTY: { status: 422, exit: 3, text: 'the graph has no edges to walk on' },
  SENTENCES_EMPTY: { status: 422, exit: 3, text: 'no sentence has two products to learn from' },
  GRAPH_READ_ONLY: { status: 409, exit: 1, text: 'a view of a snapshot cannot be changed' },
  EDGE_UNKNOWN: { status: 404, exit: 3, text: 'no edge has this key' },
  // vectors
  EMBEDDING_SHAPE_MISMATCH: { status: 409, exit: 1, text: 'vector length does not match the table' },
  VECTOR_INVALID: {
    status: 400,
    exit: 2,
    text: 'a vector holds a value that is not a finite number, or is all zeros',
  },
  SPACE_MISMATCH: {
    status: 409,
    exit: 2,
    text: 'the vector is of another space than the version it would be compared in',
  },
  VERSION_UNKNOWN: { status: 404, exit: 3, text: 'no version has this id' },
  VERSION_CORRUPT: { status: 500, exit: 1, text: 'a file of this version does not match its checksum' },
  REFRESH_IMPOSSIBLE: { status: 409, exit: 4, text: 'this version cannot be refreshed in this way' },
  GATE_REFUSED: { status: 409, exit: 4, text: 'the new version is worse than what it would replace' },
  VERSION_IN_USE: { status: 409, exit: 4, text: 'an alias points at this version, or would roll back to it' },
  VERSION_FORMAT_UNKNOWN: {
    status: 500,
    exit: 1,
    text: 'this version was written in a format that this release does not read',
  },
  ALIAS_UNKNOWN: { status: 404, exit: 3, text: 'no alias has this name' },
  ALIAS_CORRUPT: { status: 500, exit: 1, text: 'the file of this alias does not match its checksum' },
  DISK_FULL: { status: 507, exit: 5, text: 'there is no room left where the data is kept' },
  CONTEXTS_MISSING: {
    status: 409,
    exit: 3,
    text: 'this version has no context vectors: it was made from vectors alone',
  },
  NO_MODEL: { status: 503, exit: 3, text: 'no model has been trained yet' },
  // neighbors
  INDEX_CLOSED: { status: 503, exit: 1, text: 'this index was closed' },
  SEARCH_FAILED: { status: 500, exit: 1, text: 'a search thread stopped with a failure' },
  // train
  LIMIT_EXCEEDED: { status: 413, exit: 5, text: 'this would go over a limit' },
  TRAINING_FAILED: { status: 500, exit: 1, text: 'training stopped with a failure' },
  // catalog
  CATALOG_IN_USE: { status: 409, exit: 4, text: 'another process holds this data directory' },
  CATALOG_EMPTY: { status: 422, exit: 3, text: 'the catalog holds no interactions yet' },
  CATALOG_FORMAT_UNKNOWN: {
    status: 500,
    exit: 1,
    text: 'the data directory was written by a release that this one does not read',
  },
  IMPORT_FILE_MISSING: { status: 404, exit: 2, text: 'there is no such file' },
  IMPORT_FILE_UNREADABLE: { status: 422, exit: 2, text: 'the file is not what it claims to be' },
  IMPORT_COLUMN_MISSING: { status: 422, exit: 2, text: 'the file has no such column' },
  IMPORT_MAPPING_INVALID: { status: 422, exit: 2, text: 'the column mapping does not fit the file' },
  IMPORT_ALL_REJECTED: { status: 422, exit: 2, text: 'no row of the file could be used' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    exit: 2,
    text: 'this Idempotency-Key was used for another request',
  },
  SPLIT_IMPOSSIBLE: { status: 422, exit: 2, text: 'there is nothing to hold out' },
  TEST_LEAKED: { status: 422, exit: 2, text: 'what is to be tested knows of the test part' },
  // neo4j
  NEO4J_UNREACHABLE: { status: 503, exit: 1, text: 'the Neo4j server does not answer' },
  NEO4J_UNAUTHORIZED: { status: 502, exit: 2, text: 'the Neo4j server refuses this user' },
  NEO4J_DATABASE_UNKNOWN: { status: 404, exit: 2, text: 'the Neo4j server has no database of this name' },
  NEO4J_TIMEOUT: { status: 504, exit: 1, text: 'the Neo4j server took too long' },
  NEO4J_BUSY: { status: 503, exit: 4, text: 'the Neo4j server could not do it now' },
  NEO4J_CONSTRAINT: { status: 409, exit: 2, text: 'this would break a constraint of the Neo4j database' },
  NEO4J_STATEMENT_REFUSED: { status: 422, exit: 2, text: 'the Neo4j server refuses a statement' },
  NEO4J_ROW_INVALID: { status: 422, exit: 2, text: 'what Neo4j returned is not what is expected' },
  NEO4J_SCHEMA_UNKNOWN: {
    status: 409,
    exit: 2,
    text: 'the Neo4j database was set up by a newer release of shelfwalk',
  },
  NEO4J_NOT_CONFIGURED: { status: 503, exit: 2, text: 'no Neo4j server is configured' },
  NEO4J_NOT_WRITTEN: { status: 503, exit: 3, text: 'no version is written in the Neo4j database' },
  NEO4J_INDEX_FAILED: { status: 500, exit: 1, text: 'the Neo4j server could not build a vector index' },
  NEO4J_VERSION_GONE: {
    status: 409,
    exit: 4,
    text: 'somebody else took the version out of Neo4j while it was written',
  },
  CYPHER_UNKNOWN: { status: 404, exit: 2, text: 'there is no query of this name' },
  CYPHER_REFUSED: { status: 403, exit: 2, text: 'this statement does more than read the graph' },
  CYPHER_FILE_INVALID: { status: 500, exit: 1, text: 'the header of a Cypher file cannot be read' },
  // serve and pipeline
  NODE_UNKNOWN: { status: 404, exit: 3, text: 'no node has this id' },
  NODE_NOT_EMBEDDED: { status: 409, exit: 3, text: 'this node has no vector in the served version' },
  RECEIPT_UNKNOWN: { status: 404, exit: 3, text: 'no receipt has this id' },
  FOLD_IN_IMPOSSIBLE: {
    status: 422,
    exit: 3,
    text: 'nothing that this node touches has a vector in the served version',
  },
  REQUEST_INVALID: { status: 400, exit: 2, text: 'the request does not match its schema' },
  REQUEST_UNPROCESSABLE: { status: 422, exit: 2, text: 'the request is well formed but cannot be done' },
  BODY_TOO_LARGE: { status: 413, exit: 5, text: 'the body is larger than allowed' },
  ROUTE_UNKNOWN: { status: 404, exit: 2, text: 'there is nothing at this address' },
  METHOD_NOT_ALLOWED: { status: 405, exit: 2, text: 'this address does not take this method' },
  UNAUTHORIZED: { status: 401, exit: 2, text: 'an API key is needed' },
  FORBIDDEN: { status: 403, exit: 2, text: 'this key or host may not do that' },
  RATE_LIMITED: { status: 429, exit: 5, text: 'too many requests' },
  BUSY: { status: 409, exit: 4, text: 'another operation is running' },
  JOB_UNKNOWN: { status: 404, exit: 3, text: 'no job has this id' },
  JOB_ENDED: { status: 409, exit: 4, text: 'the job has ended and cannot be cancelled any more' },
  JOB_INTERRUPTED: { status: 500, exit: 1, text: 'the server ended while it ran this job' },
  SHUTTING_DOWN: { status: 503, exit: 4, text: 'the server is shutting down' },
  BIND_REFUSED: { status: 500, exit: 2, text: 'the server does not listen there' },
  PORT_IN_USE: { status: 500, exit: 4, text: 'another program listens on this port' },
  OVERLOADED: { status: 503, exit: 4, text: 'the server has as many requests in hand as it takes' },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    exit: 2,
    text: 'the body must be JSON in UTF-8, plain or as gzip, deflate or br',
  },
  REQUEST_TIMEOUT: { status: 408, exit: 1, text: 'the request took too long to arrive' },
  HEADERS_TOO_LARGE: { status: 431, exit: 5, text: 'the headers of the request are larger than allowed' },
  ALIAS_MOVED: { status: 409, exit: 4, text: 'the alias does not point where the request said' },
  SERVER_UNREACHABLE: {
    status: 502,
    exit: 1,
    text: 'the server that holds the data directory does not answer',
  },
  // command line
  USAGE_INVALID: { status: 400, exit: 2, text: 'the command line cannot be understood' },
  DATA_DIR_MISSING: { status: 404, exit: 3, text: 'there is no data directory here' },
} as const satisfies Record<string, { status: number; exit: number; text: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The only error class thrown on purpose. Callers branch on `code`, never on `message`; `details`
 * holds the offending values (`found`, `expected`, `file`, `line`, `column`, `field`, `hint`), so a
 * log line alone is enough to reproduce.
 */
export class ShelfwalkError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'ShelfwalkError';
  readonly code: C;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: C, details: Record<string, unknown> = {}, options?: { cause?: unknown }) {
    super(toMessage(code, details), options);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

/** `the file has no such column: column=sku; file=a.csv. Try --product id` — the hint is said last, as a sentence. */
function toMessage(code: ErrorCode, { hint, ...details }: Record<string, unknown>): string {
  const facts = Object.entries(details).filter(([, v]) => v !== undefined);
  const said = facts.map(([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`).join('; ');
  return `${ERRORS[code].text}${said ? `: ${said}` : ''}${hint ? `. ${hint}` : ''}`;
}

export const isShelfwalkError = <C extends ErrorCode>(e: unknown, code?: C): e is ShelfwalkError<C> =>
  e instanceof ShelfwalkError && (code === undefined || e.code === code);
