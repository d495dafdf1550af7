/**
 * A real Neo4j for tests and benches: the one that NEO4J_URI names, else Community from Maven's jars where
 * there is Java. Nothing here waits for it to be up; `connect` in database.ts does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a server is reached; plain data, so that it can be handed to the processes of the tests. */
export interface TestServer {
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** Exists once the server could not be started, and says why. */
  readonly failure?: string;
}

export interface KeptServer {
  readonly server: TestServer;
  /** Kills it, as a machine that loses power does; its data stay. Returns before it is gone. */
  kill(): void;
  /** Starts it again on the same data and port. Returns before it is up. */
  revive(): void;
  stop(): Promise<void>;
}

const POM = join(import.meta.dirname, 'pom.xml');
const STOP_MS = 30_000;

/** The server that the environment names. @throws Error — without a password there is nothing to try */
export function readGivenServer(environment: NodeJS.ProcessEnv): TestServer | undefined {
  const uri = environment['NEO4J_URI'];
  if (!uri) return undefined;
  const password = environment['NEO4J_PASSWORD'];
  if (!password) throw new Error('NEO4J_URI is set, NEO4J_PASSWORD is not');
  return { uri, user: environment['NEO4J_USER'] || 'neo4j', password };
}

/** Why no server can be started here; undefined: it can. */
export function findObstacle(): string | undefined {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const major = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  if (major < 17) return major === 0 ? 'Java is missing' : `Java 17 is needed, there is ${major}`;
  if (existsSync(toJarFolder())) return undefined;
  return spawnSync('mvn', ['-v']).status === 0
    ? undefined
    : 'Maven is missing, and the jars were never fetched';
}

/** Kept over runs: 123 MB that Maven takes a minute or two to gather. */
function toJarFolder(): string {
  const version = /<neo4j.version>([^<]+)</.exec(readFileSync(POM, 'utf8'))![1]!;
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'shelfwalk-tests', `neo4j-${version}`);
}

/** Returns at once; the server is up some twenty seconds later (a minute or two more where jars are fetched). */
export async function startServer({ heap = '1g' } = {}): Promise<KeptServer> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-neo4j-'));
  const password = randomBytes(12).toString('hex');
  const port = await findFreePort();
  const failure = join(folder, 'failure');
  const lib = toJarFolder();
  if (!existsSync(lib)) console.warn(`Maven fetches Neo4j into ${lib}: 123 MB, some minutes, this once`);
  const plan = {
    folder,
    home: join(folder, 'home'),
    lib,
    pom: POM,
    port,
    password,
    heap,
    log: join(folder, 'log'),
    failure,
  };
  // A group of its own: Ctrl-C ends the tests, and the end of the tests ends the server, in order.
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.mjs')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  keeper.stdin.on('error', () => {}); // it has gone: the file of the failure says why
  keeper.stdin.write(`${JSON.stringify(plan)}\n`);
  keeper.unref();
  return {
    server: { uri: `bolt://127.0.0.1:${port}`, user: 'neo4j', password, failure },
    kill: () => void keeper.stdin.write('kill\n'),
    revive: () => void keeper.stdin.write('revive\n'),
    async stop() {
      if (keeper.exitCode === null) {
        keeper.ref();
        const gone = once(keeper, 'exit');
        keeper.stdin.end();
        // Unreferenced: it would keep the whole run for as long as it lasts, although the keeper has gone.
        await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())]);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
