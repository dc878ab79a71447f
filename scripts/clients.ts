/**
 * `npm run clients [-- LANGUAGE ...]`: clients of other languages against a real server: they join, send,
 * receive, read a long history, come back after an orderly restart, and are refused with a wrong token.
 *
 * Takes some minutes; the toolchains are those of the machine, the packages are pinned beside each
 * client in `tests/clients/`. Says which languages it leaves out. Exits with 1 if a client fails, or if a
 * named language has no toolchain.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { Account } from '../packages/server/test/support/account.ts';
import { findFreePort } from '../packages/server/test/support/free-port.ts';
import { endAll, started } from '../packages/server/test/support/parley-command.ts';
import { readArguments } from './arguments.ts';
import { type ClientCase, LANGUAGES } from './clients/languages.ts';
import { stop } from './setup/say.mjs';

/** Messages of the longest content that the room has before clients join. */
const MESSAGE_COUNT = 120;
const CONVERSATION = ['joined', 'sent', 'received', 'history'];
const STEPS = [...CONVERSATION, 'restart', 'back', ...CONVERSATION, 'refused'].join(' ');
/** Of a stop beside one connected client. */
const STOP_MS_MAX = 1000;
const CASE_MS_MAX = 180_000;

const { positionals: picked } = readArguments({
  name: 'clients',
  about: `Runs clients of other languages against a server: ${Object.keys(LANGUAGES).join(', ')}, or those named.`,
  positionals: '[LANGUAGE ...]',
});
const unknown = picked.find((name) => !Object.hasOwn(LANGUAGES, name));
if (unknown !== undefined) stop(`clients: Unknown language '${unknown}'.`);

const folder = await mkdtemp(join(tmpdir(), 'parley-clients-'));
const port = await findFreePort();
const settings = {
  PORT: `${port}`,
  DATA_DIR: join(folder, 'data'),
  MESSAGE_RATE_MAX: '0',
  FIRST_ROOM: 'lobby',
};
let server: ChildProcess;
const failures: string[] = [];
try {
  await start();
  const account = await Account.signUp(`http://127.0.0.1:${port}`, 'tester');
  const { room } = await account.must<{ room: { id: string } }>('POST', '/api/rooms', {
    name: 'clients',
  });
  for (let n = 0; n < MESSAGE_COUNT; n += 1) {
    // Escaped, each of these characters takes six bytes.
    const content = `a${'\u0001'.repeat(9_998)}`;
    await account.must('POST', '/api/messages', { roomId: room.id, content });
  }
  for (const [language, { prepare, cases }] of Object.entries(LANGUAGES)) {
    if (picked.length > 0 && !picked.includes(language)) continue;
    const place = join(folder, language);
    await cp(join(import.meta.dirname, '../tests/clients', language), place, { recursive: true });
    const reason = await prepare(place);
    if (reason !== undefined) {
      console.log(`left out: ${language}: ${reason}`);
      if (picked.length > 0) failures.push(`${language}: ${reason}`);
      continue;
    }
    for (const each of cases) await runCase(each, place, room.id, account);
  }
} finally {
  await endAll();
  await rm(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error(failure);
console.log(failures.length === 0 ? 'all clients passed' : `${failures.length} clients failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function start(): Promise<void> {
  server = (await started(settings)).child;
}

/** Restarts the server in an orderly way; returns how long it took to stop, in milliseconds. */
async function restart(): Promise<number> {
  const beganAtMs = performance.now();
  const exit = once(server, 'exit');
  server.kill('SIGTERM');
  await exit;
  const stopMs = performance.now() - beganAtMs;
  await start();
  return stopMs;
}

async function runCase(
  { title, command }: ClientCase,
  place: string,
  roomId: string,
  account: Account,
): Promise<void> {
  const { token } = await account.must<{ token: string }>('POST', '/api/tokens', {});
  const [program = '', ...args] = command;
  const env = {
    ...process.env,
    PARLEY_URL: `http://127.0.0.1:${port}`,
    PARLEY_TOKEN: token,
    PARLEY_ROOM: roomId,
  };
  const child = spawn(program, args, { cwd: place, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), CASE_MS_MAX);
  const closed = once(child, 'close');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  const steps: string[] = [];
  let stopMs = 0;
  for await (const line of createInterface(child.stdout)) {
    steps.push(line.startsWith('refused') ? 'refused' : line);
    if (line === 'restart') stopMs = await restart();
  }
  await closed;
  clearTimeout(late);
  const isPassed = steps.join(' ') === STEPS && stopMs < STOP_MS_MAX;
  console.log(`${isPassed ? 'ok' : 'FAILED'}  ${title}: stop ${Math.round(stopMs)} ms`);
  if (!isPassed) failures.push(`${title}: ${steps.join(' ')}; stop ${stopMs} ms\n${errors}`);
}
