// @ts-check
/**
 * A Neo4j Community with the procedures of Graph Data Science, from Maven's jars (Java 17 and Maven), in a
 * folder of its own. test/neo4j/keeper.mjs keeps it: it goes with this process, in whatever way that ends.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openNeo4j } from '../../dist/neo4j/connection.js';
import { ROOT } from '../harness.mjs';

const SERVER_POM = join(ROOT, 'test/neo4j/pom.xml');
const GDS_POM = join(ROOT, 'bench/peers/gds/pom.xml');
const START_MS = 300_000;

/**
 * @param {{ heap: string }} options
 * @returns {Promise<{ uri: string, user: string, password: string, versions: { neo4j: string, gds: string }, stop(): Promise<void> }>}
 */
export async function startGdsServer({ heap }) {
  const versions = { neo4j: readVersion(SERVER_POM, 'neo4j'), gds: readVersion(GDS_POM, 'gds') };
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'shelfwalk-tests');
  const lib = join(cache, `neo4j-${versions.neo4j}`);
  const plugins = join(cache, `gds-${versions.gds}-for-${versions.neo4j}`);
  fetchJars(SERVER_POM, lib);
  fetchJars(GDS_POM, plugins);
  dropKnownJars(plugins, lib, versions.gds);

  const folder = mkdtempSync(join(tmpdir(), 'shelfwalk-gds-'));
  const [home, log, failure] = ['home', 'log', 'failure'].map((name) => join(folder, name));
  const [port, password] = [await findFreePort(), randomBytes(12).toString('hex')];
  const plan = { folder, home, lib, plugins, pom: SERVER_POM, port, password, heap, log, failure };
  const keeper = spawn(process.execPath, [join(ROOT, 'test/neo4j/keeper.mjs')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  keeper.stdin.on('error', () => {}); // it has gone: the file of the failure says why
  keeper.stdin.write(`${JSON.stringify(plan)}\n`);
  const stop = async () => {
    if (keeper.exitCode === null) {
      keeper.stdin.end();
      await once(keeper, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const [uri, user] = [`bolt://127.0.0.1:${port}`, 'neo4j'];
  try {
    await waitFor({ uri, user, password, failure });
  } catch (error) {
    await stop();
    throw error;
  }
  return { uri, user, password, versions, stop };
}

/** @param {string} pom @param {string} name */
function readVersion(pom, name) {
  const version = new RegExp(`<${name}.version>([^<]+)<`).exec(readFileSync(pom, 'utf8'))?.[1];
  if (!version) throw new Error(`${pom} says no version of ${name}`);
  return version;
}

/** `jackson-core-2.18.2.jar` → `jackson-core`. @param {string} jar */
const toArtifact = (jar) => jar.replace(/-\d[^-]*(-[A-Za-z][\w.]*)?\.jar$/, '');

/** Beside, then renamed: a folder under its name is whole. @param {string} pom @param {string} folder */
function fetchJars(pom, folder) {
  if (existsSync(folder)) return;
  const beside = `${folder}.${process.pid}`;
  console.log(`fetching jars into ${folder}`);
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${beside}`, '-DincludeScope=runtime'];
  execFileSync('mvn', ['-B', '-q', '-f', pom, ...goal], { stdio: ['ignore', 'inherit', 'inherit'] });
  renameSync(beside, folder);
}

/**
 * What the server has already, in whatever version, must not be on its class path twice. GDS's own jars stay:
 * some have the name of one of Neo4j's and are another artifact (annotations).
 * @param {string} plugins @param {string} lib @param {string} version of GDS
 */
function dropKnownJars(plugins, lib, version) {
  const known = new Set(readdirSync(lib).map(toArtifact));
  for (const jar of readdirSync(plugins))
    if (known.has(toArtifact(jar)) && !jar.endsWith(`-${version}.jar`)) rmSync(join(plugins, jar));
}

async function findFreePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, 'close');
  return port;
}

/** @param {{ uri: string, user: string, password: string, failure: string }} server */
async function waitFor({ uri, user, password, failure }) {
  const settings = { uri, user, password, timeoutMs: 10_000, attempts: 1 };
  for (const startedAt = performance.now(); ; await delay(1000)) {
    if (existsSync(failure)) throw new Error(`no server: ${readFileSync(failure, 'utf8')}`);
    try {
      return await (await openNeo4j(settings)).close();
    } catch (error) {
      if (performance.now() - startedAt > START_MS) throw error;
    }
  }
}
