/** Installs the packages of the lock file, unless they are installed already. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { root } from './root.mjs';
import { say, stop } from './say.mjs';

/** The messages that npm prints when it cannot reach the registry. */
const NO_NETWORK = /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ECONNRESET/;

export async function ensureInstalled() {
  if (isInstalled()) return;
  const fault = await withSetupLock(async () => {
    if (isInstalled()) return undefined; // By the process that was waited for.
    say('Installing packages (once; about half a minute) …');
    const { code, output } = await npmCi();
    return code === 0 ? undefined : output.trimEnd();
  });
  if (fault === undefined) return;
  const isOffline = NO_NETWORK.test(fault);
  const hint = isOffline ? ' The package registry cannot be reached: is there a network?' : '';
  stop(`${fault}\nThe packages could not be installed.${hint} Fix the problem, then try again.`);
}

/** npm writes this file last: an interrupted install leaves no such file. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const found = packagesOf('node_modules/.package-lock.json');
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link === true || !path.startsWith('node_modules/')) return true;
    if (found[path] === undefined) return entry.optional === true;
    return found[path].version === entry.version;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined; // Absent or cut off: either way not installed.
  }
}

/** Silent unless it fails: npm's warnings about other platforms' packages do not help users. */
async function npmCi() {
  const args = ['ci', '--loglevel=error', '--include=dev', '--include=optional'];
  // The npm that started us, on the Node that it runs on: it has the user's settings, and is not
  // the Node below `node_modules` that it is about to replace.
  const { npm_execpath: npm, npm_node_execpath: node = process.execPath } = process.env;
  const [command, commandArgs] = npm === undefined ? ['npm', args] : [node, [npm, ...args]];
  const child = spawn(command, commandArgs, {
    cwd: root,
    shell: npm === undefined && process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  // After a stop signal npm would continue for a while, into the next installation. A partial
  // installation does no harm: the next one starts by deleting it.
  const interrupt = (signal) => {
    output += `Interrupted by ${signal}.`;
    child.kill('SIGKILL');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, interrupt);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  for (const signal of signals) process.off(signal, interrupt);
  return { code, output };
}
