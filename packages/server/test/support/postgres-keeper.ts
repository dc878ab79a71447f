/**
 * Runs one private PostgreSQL for its parent process, and removes it with all its data when the
 * parent ends in any way: the channel between the two closes even if the parent is killed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from './free-port.ts';
import { type Binaries, findBinaries, isOpenToOthers } from './postgres-binaries.ts';

/** Requests of the parent; each is answered when done. */
export type Order =
  | {
      readonly do: 'start';
      readonly settings: Readonly<Record<string, string>>;
      /** Data of a stopped server: the first start copies it, and begins as its standby. */
      readonly standbyOf?: string;
    }
  | { readonly do: 'stop' | 'kill' | 'freeze' | 'thaw' };

export type Report =
  | { readonly kind: 'done'; readonly port: number; readonly data: string }
  | { readonly kind: 'failed'; readonly reason: string };

const isRoot = process.getuid?.() === 0;
const directory = mkdtempSync(join(findScratch(), 'parley-postgres-'));
const data = join(directory, 'data');
const owner = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
let binaries: Binaries | undefined;
let port = 0;
let server: ChildProcess | undefined;
let frozen: number[] = [];

// A terminal sends its signals to this process too: only the parent's end counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => {
  orders = orders
    .then(() => stop('SIGQUIT'))
    .finally(() => {
      rmSync(directory, { recursive: true, force: true });
      process.exit();
    });
});
let orders: Promise<unknown> = Promise.resolve();
process.on('message', (order: Order) => {
  orders = orders.then(() => carryOut(order));
});

async function carryOut(order: Order): Promise<void> {
  let report: Report;
  try {
    if (order.do === 'start') await start(order.settings, order.standbyOf);
    else if (order.do === 'freeze') freeze();
    else if (order.do === 'thaw') thaw();
    else await stop(order.do === 'stop' ? 'SIGINT' : 'SIGQUIT');
    report = { kind: 'done', port, data };
  } catch (error) {
    report = { kind: 'failed', reason: (error as Error).message };
  }
  if (process.connected) process.send?.(report);
}

async function start(
  settings: Readonly<Record<string, string>>,
  standbyOf: string | undefined,
): Promise<void> {
  binaries ??= initialise(standbyOf);
  port ||= await findFreePort();
  const options = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...settings,
  });
  server = spawn(
    binaries.postgres,
    [
      '-D',
      data,
      '-p',
      String(port),
      ...options.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...owner,
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { LC_ALL: 'C' },
      detached: true, // Ctrl-C in a terminal must not end it before its clients.
    },
  );
  let said = '';
  const lines = createInterface(server.stderr as NodeJS.ReadableStream);
  for await (const line of lines) {
    said = `${said}${line}\n`.slice(-2000);
    if (/ready to accept (read-only )?connections/.test(line)) {
      server.stderr?.resume(); // Keeps reading, because a full pipe would block the server.
      return;
    }
  }
  throw new Error(`PostgreSQL did not start: ${said}`);
}

function initialise(standbyOf: string | undefined): Binaries {
  chmodSync(directory, 0o711);
  const found = findBinaries(directory);
  if (standbyOf !== undefined) {
    cpSync(standbyOf, data, { recursive: true });
    writeFileSync(join(data, 'standby.signal'), '');
    if (owner.uid !== undefined) execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, data]);
    chmodSync(data, 0o700);
    return found;
  }
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid);
  execFileSync(
    found.initdb,
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...owner, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C' } },
  );
  return found;
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  thaw();
  server.kill(signal);
  await exited;
}

/** Suspends the server and all of its processes. */
function freeze(): void {
  if (server?.pid === undefined) return;
  // First, so that it starts no others.
  process.kill(server.pid, 'SIGSTOP');
  frozen = [server.pid, ...childrenOf(server.pid)];
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
}

function thaw(): void {
  for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT');
}

function childrenOf(parent: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  const processes = rows.map((row) => row.trim().split(/\s+/).map(Number));
  return processes.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

/**
 * Finds a temporary directory; for root one that `nobody` can enter, which root's own may not be.
 */
function findScratch(): string {
  const places = [tmpdir(), '/tmp', '/var/tmp'];
  return places.find((place) => !isRoot || isOpenToOthers(place)) ?? tmpdir();
}

/** PostgreSQL does not run as root: `nobody` exists on every system. */
function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}
