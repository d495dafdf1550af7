import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../src/base/errors.ts';

const ROOT = join(import.meta.dirname, '../..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.md'))
    .map((f) => `docs/${f}`),
];

describe('documents say what is there', () => {
  test.each(pages)('%s: every relative link leads somewhere', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });

  test.each(pages)('%s: every file of src, test, bench, docs or examples that it names exists', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const named = [...text.matchAll(/`((?:src|test|bench|docs|examples)\/[\w./-]+\.\w+)`/g)].map(
      ([, path]) => path!,
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('docs/errors.md and the table of errors are the same, both ways', () => {
    const text = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([A-Z0-9_]+)` \| (\d+) \| (\d) \| (.+) \|$/gm)];
    const documented = Object.fromEntries(
      rows.map(([, code, status, exit, said]) => [code, { status: +status!, exit: +exit!, text: said }]),
    );
    expect(documented).toEqual(ERRORS);
  });
});
