/**
 * Every npm script starts here: `node scripts/run.mjs NAME [ARGUMENT ...]`.
 *
 * Plain JavaScript that runs on any Node from 20.19 on, without installed
 * packages: it installs missing packages, finds a Node that can run Parley, and
 * starts the script's file, which documents what the script does.
 */
import { join } from 'node:path';
import { handOver } from '../packages/server/bin/hand-over.mjs';
import { findNode, tooOldToInstall } from '../packages/server/bin/node-version.mjs';
import { ensureInstalled } from './setup/install.mjs';
import { root } from './setup/root.mjs';
import { say, stop } from './setup/say.mjs';

const SCRIPTS = {
  start: 'scripts/start.ts',
  build: 'scripts/build.ts',
  dev: 'scripts/dev.ts',
  test: 'scripts/test.ts',
  check: 'scripts/check.ts',
  format: 'scripts/format.ts',
  docs: 'scripts/docs.ts',
  screenshots: 'scripts/screenshots.ts',
  bench: 'bench/run.ts',
  cluster: 'scripts/cluster.ts',
  crash: 'scripts/crash.ts',
  model: 'scripts/model.ts',
  autobahn: 'scripts/autobahn.ts',
  fuzz: 'scripts/fuzz.ts',
  hostile: 'scripts/hostile.ts',
  runtimes: 'scripts/runtimes.ts',
  soak: 'scripts/soak.ts',
  memory: 'scripts/memory.ts',
  clients: 'scripts/clients.ts',
  release: 'scripts/release.ts',
  'ws:echo': 'packages/websocket/examples/echo-server.mjs',
};

const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(SCRIPTS, name)) {
  stop(`Unknown script '${name}'. Available: ${Object.keys(SCRIPTS).join(', ')}.`);
}
const tooOld = tooOldToInstall();
if (tooOld !== undefined) stop(tooOld);

process.chdir(root);
await ensureInstalled();
const node = findNode();
if (node.error !== undefined) stop(node.error);
if (node.note !== undefined) say(node.note);
// Each source is compiled once, not by each process and thread.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules', '.cache', 'compile');
await handOver(node.path, [join(root, SCRIPTS[name]), ...args]);
