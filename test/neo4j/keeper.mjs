// @ts-check
/**
 * Keeps one Neo4j server for as long as its standard input stays open. Who starts it holds the other end:
 * when that process ends, in whatever way, the pipe closes, the server is stopped and its folder removed.
 *
 * The first line of standard input is the plan, as JSON; then `kill` ends the server and leaves its data,
 * `revive` starts it on them again. What goes wrong is written to `plan.failure`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * @typedef {object} Plan
 * @property {string} folder of everything below but the jars; removed when the server is stopped
 * @property {string} home folder of the server
 * @property {string} lib folder of the jars; filled by Maven where it is missing
 * @property {string} pom
 * @property {string} [plugins] folder of jars whose procedures may do anything; must be there
 * @property {number} port for Bolt, on the loopback address
 * @property {string} password of the user neo4j
 * @property {string} heap `1g`
 * @property {string} log output of the programs that are run
 * @property {string} failure file that is written when the server cannot be had
 */

let stopping = false;
/** Set from `kill` to `revive`, in which the server's end is no failure. @type {Promise<void> | undefined} */
let pause;
let resume = () => {};
/** @type {import('node:child_process').ChildProcess | undefined} */
let child;

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => void keep(JSON.parse(line)));
lines.on('line', (line) => {
  if (line === 'revive') resume();
  if (line !== 'kill') return;
  pause = new Promise((resolve) => {
    resume = resolve;
  });
  child?.kill('SIGKILL');
});
lines.once('close', () => {
  stopping = true;
  resume();
  if (!child) process.exit(0);
  child.kill('SIGKILL'); // its data go as well: there is nothing to write down first
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.stdin.destroy());

/** @param {Plan} plan */
async function keep(plan) {
  try {
    mkdirSync(join(plan.home, 'conf'), { recursive: true });
    if (!existsSync(plan.lib)) await fetchJars(plan);
    writeFileSync(join(plan.home, 'conf', 'neo4j.conf'), toConf(plan));
    await run(plan, 'java', [
      ...['-cp', join(plan.lib, '*'), 'org.neo4j.server.startup.Neo4jAdminCommand'],
      ...['dbms', 'set-initial-password', plan.password],
    ]);
    for (;;) {
      await run(plan, 'java', toServerArguments(plan));
      if (!pause) throw new Error('the server ended by itself');
      await pause;
      pause = undefined;
    }
  } catch (error) {
    if (!stopping) writeFileSync(plan.failure, `${/** @type {Error} */ (error).message}\n${readLogs(plan)}`);
  } finally {
    rmSync(stopping ? plan.folder : plan.home, { recursive: true, force: true });
    process.exit();
  }
}

/** The last words of Maven or of the server. @param {Plan} plan */
function readLogs({ home, log }) {
  const files = [log, join(home, 'logs', 'neo4j.log')].filter((file) => existsSync(file));
  return files.map((file) => readFileSync(file, 'utf8').slice(-4000)).join('\n');
}

/** Beside, then renamed: another run may be fetching the same at this moment. @param {Plan} plan */
async function fetchJars(plan) {
  const beside = `${plan.lib}.${process.pid}`;
  mkdirSync(dirname(plan.lib), { recursive: true });
  try {
    await run(plan, 'mvn', [
      ...['-B', '-q', '-f', plan.pom, 'dependency:copy-dependencies'],
      ...[`-DoutputDirectory=${beside}`, '-DincludeScope=runtime'],
    ]);
    if (!existsSync(plan.lib)) renameSync(beside, plan.lib);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** @param {Plan} plan @param {string} command @param {readonly string[]} args */
async function run(plan, command, args) {
  if (stopping) return;
  child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NEO4J_HOME: plan.home, NEO4J_CONF: join(plan.home, 'conf') },
  });
  const log = createWriteStream(plan.log, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const [code] = await once(child, 'exit');
  child = undefined;
  if (code !== 0 && !stopping && !pause) throw new Error(`${command} ended with ${code}`);
}

/** @param {Plan} plan */
const toConf = ({ port, plugins }) => `
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:${port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.security.auth_minimum_password_length=8
dbms.usage_report.enabled=false
server.memory.pagecache.size=256m
db.tx_log.preallocate=false
${plugins ? `server.directories.plugins=${plugins}\ndbms.security.procedures.unrestricted=*` : ''}
`;

/** @param {Plan} plan */
const toServerArguments = ({ home, lib, heap, plugins }) => [
  ...['-cp', [...(plugins ? [join(plugins, '*')] : []), join(home, 'conf'), join(lib, '*')].join(':')],
  ...['-Xms256m', `-Xmx${heap}`, '-XX:+UseG1GC'],
  ...['java.nio', 'java.io', 'sun.nio.ch', 'java.util.concurrent'].map(
    (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
  ),
  ...['org.neo4j.server.CommunityEntryPoint', `--home-dir=${home}`, `--config-dir=${join(home, 'conf')}`],
];
