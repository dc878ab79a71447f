/**
 * `npm run dev`: runs the server, restarted when its sources change, and the web
 * client served by Vite, which applies changes to the open page.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { main } from '../packages/server/src/cli/main.ts';
import { root, tool } from './steps.ts';

const args = ['start', ...process.argv.slice(2)];
if (args.includes('--help')) {
  await main(args);
  process.exit();
}

const server = spawn(
  process.execPath,
  ['--watch', join(root, 'packages/server/bin/parley.mjs'), ...args],
  { cwd: root, stdio: 'inherit' },
);
const web = spawn(tool('vite'), ['packages/web'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});

// If either process ends, for any reason, the other is stopped.
const children = [server, web];
for (const child of children) {
  child.once('exit', (code) => {
    process.exitCode ??= code ?? 1;
    for (const other of children) if (other !== child) other.kill('SIGTERM');
  });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
  });
}
