/** What is written about the server is what the server does: the page at /docs, docs/serving.md. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { serverConfigSchema, serverSettings } from '../../src/pipeline/server-config.ts';
import { type Rig, startRig } from './rig.ts';

const page = readFileSync(new URL('../../docs/serving.md', import.meta.url), 'utf8');

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.server.close());

describe('the page at /docs', () => {
  test('loads only from this server, runs nothing inline, and all it names is there', async () => {
    const { status, text, headers } = await rig.ask('/docs');
    expect(status).toBe(200);
    expect(text).not.toMatch(/https?:\/\/|<script>|\son\w+=/);
    const policy = headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe-eval|https:|upgrade-insecure/);
    const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1]);
    expect(named).toHaveLength(5);
    for (const path of named) expect((await rig.ask(path)).status, path).toBe(200);
    expect((await rig.ask('/docs/start.js')).headers['content-type']).toMatch(/javascript/);
  });
});

test('every reply carries the headers of helmet and does not say what it is made with', async () => {
  for (const path of ['/v1/products/lamp', '/v1/nowhere', '/docs', '/v1/products/%']) {
    const { headers } = await rig.ask(path);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(headers).not.toHaveProperty('x-powered-by');
  }
});

describe('docs/serving.md', () => {
  test('has each path of the document', async () => {
    const { json } = await rig.ask('/openapi.json');
    const said = page.replaceAll('{products|customers|attributes}', '{type}');
    const paths = Object.keys(json.paths).map(
      (path) =>
        path
          .replace(/\/(products|customers|attributes)(?=\/\{id\}$|\/\{id\}\/neighbors$|$)/, '/{type}')
          .replace(/(?<=^\/v1\/cypher\/).+/, '{name}'), // docs/cypher.md has them all
    );
    for (const path of new Set(paths)) expect(said, path).toContain(path);
  });

  test('has the table of settings as the schema has it', () => {
    const printed = serverSettings.map(toRow).join('\n');
    if (process.env['UPDATE_DOCS']) console.log(printed);
    expect(page).toContain(printed);
  });
});

const defaults = serverConfigSchema.parse({}) as Record<string, unknown>;

function toRow({ path, variable, schema }: (typeof serverSettings)[number]): string {
  const [first, second] = path.split('.');
  const value = second === undefined ? defaults[first!] : (defaults[first!] as typeof defaults)[second];
  const text = value === undefined ? '' : `\`${JSON.stringify(value).replaceAll('"', '')}\``;
  return `| \`${path}\` | \`${variable}\` | ${text} | ${z.globalRegistry.get(schema)?.description} |`;
}
