/**
 * One JSON line per entry, to standard error: standard output belongs to the command line. Headers and
 * bodies are never logged, so neither are keys.
 */
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { ServerConfig } from '../pipeline/server-config.ts';

export function createLog(
  level: ServerConfig['logLevel'],
  stream: DestinationStream = destination(2),
): Logger {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, stream);
}
