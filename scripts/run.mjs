/**
 * Every npm script starts here: `node scripts/run.mjs NAME [ARGUMENT ...]`.
 *
 * Plain JavaScript that any Node from 20.19 on can run, with no package
 * installed: it installs what is missing, finds a Node that can run Parley, and
 * hands over. What a script does stands in the file that it names.
 */

import { handOver } from './setup/hand-over.mjs';
import { ensureInstalled } from './setup/install.mjs';
import { findNode, refuseOldNode } from './setup/node-version.mjs';
import { say, stop } from './setup/say.mjs';

const SCRIPTS = {
  start: ['scripts/start.ts'],
  dev: ['scripts/dev.ts'],
  test: ['scripts/test.ts'],
  check: ['scripts/check.ts'],
  format: ['scripts/format.ts'],
  docs: ['scripts/docs.ts'],
  screenshot: ['scripts/screenshot.ts'],
  'ws:echo': ['packages/websocket/examples/echo-server.ts'],
};

const [name, ...rest] = process.argv.slice(2);
const script = Object.hasOwn(SCRIPTS, name ?? '') ? SCRIPTS[name] : undefined;
if (script === undefined) {
  stop(`There is no script '${name ?? ''}'. There are: ${Object.keys(SCRIPTS).join(', ')}.`);
}

refuseOldNode();
await ensureInstalled();
const node = findNode();
if (node.note !== undefined) say(node.note);
await handOver(node.path, [...script, ...rest]);
