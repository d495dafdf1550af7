/**
 * Names of versions and aliases. Only what matches these patterns ever becomes part of a path, so no
 * name can lead out of the store; the two cannot be mistaken for each other.
 */
const VERSION_ID = /^\d{8}T\d{6}Z-[0-9a-z]{4}$/;
const ALIAS = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Said to those whose alias was refused. */
export const ALIAS_RULE = '1 to 64 of a–z 0–9 _ -, a letter or digit first';

export const isVersionId = (text: string): boolean => VERSION_ID.test(text);
export const isAlias = (text: string): boolean => ALIAS.test(text);

const BASE = 36;
const SUFFIXES = BASE ** 4;

/**
 * `20261123T221500Z-ab12`: sorts by time of publication, and is not used twice. A version published in
 * the same second as `newest`, or while the clock stands behind it, still sorts after it.
 * @param random draws from [0, 1)
 */
export function toVersionId(now: Date, newest: string | undefined, random: () => number): string {
  const second = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  if (newest === undefined || second > newest.slice(0, 16)) {
    return toId(second, Math.floor((random() * SUFFIXES) / 2)); // the lower half: room to count up in
  }
  const suffix = Number.parseInt(newest.slice(17), BASE) + 1 + Math.floor(random() * 999);
  return suffix < SUFFIXES
    ? toId(newest.slice(0, 16), suffix)
    : toVersionId(toNextSecond(newest), newest, random);
}

const toId = (second: string, suffix: number): string =>
  `${second}-${suffix.toString(BASE).padStart(4, '0')}`;

function toNextSecond(id: string): Date {
  const iso = id.slice(0, 16).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
  return new Date(Date.parse(iso) + 1000);
}
