/**
 * A time as it is written in a request, by the rules of an import (`toTimestamp` of rules.ts): ISO 8601
 * with or without zone, a date, epoch seconds (9 or 10 digits) or milliseconds (12 or 13).
 */
import { END_TIMESTAMP, FIRST_TIMESTAMP } from './rules.ts';

const ISO =
  /^ *(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?)? *$/;

export const INSTANT_RULE = `ISO 8601 (2017-02-01, 2017-02-01T09:30:00Z), epoch seconds or milliseconds, from ${FIRST_TIMESTAMP} up to ${END_TIMESTAMP}`;

const FIRST_MS = Date.parse(FIRST_TIMESTAMP);
const END_MS = Date.parse(END_TIMESTAMP);

/** Milliseconds since 1970, UTC where there is no zone; undefined if it is none of the forms, or no such instant. */
export function parseInstant(given: string | number): number | undefined {
  const ms = toMs(String(given));
  return ms !== undefined && ms >= FIRST_MS && ms < END_MS ? ms : undefined;
}

function toMs(text: string): number | undefined {
  if (/^ *\d{9,10} *$/.test(text)) return Number(text) * 1000;
  if (/^ *\d{12,13} *$/.test(text)) return Number(text);
  const parts = ISO.exec(text);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date passes 30 February on as 2 March: what comes back must be what was given.
  const back = new Date(local);
  const same =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!same) return undefined;
  const fraction = Math.trunc(Number(`0.${parts[7] ?? '0'}`) * 1000);
  const offset = toOffsetMinutes(parts[8]);
  return offset === undefined ? undefined : local + fraction - offset * 60_000;
}

function toOffsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', '') || 0)];
  if (hours > 15 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
