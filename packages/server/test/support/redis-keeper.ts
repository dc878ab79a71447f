/**
 * Runs one private Redis for its parent process, and ends it when the parent ends in any way: the
 * channel between the two closes even if the parent is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Requests of the parent; each is answered by `{fault}`, empty on success. */
export interface RedisOrder {
  readonly do: 'start' | 'stop' | 'freeze' | 'thaw';
  readonly path: string;
  readonly port: number;
  /** Further options of the server. */
  readonly options: readonly string[];
}

const directory = mkdtempSync(join(tmpdir(), 'parley-redis-'));
let server: ChildProcess | undefined;
let orders: Promise<unknown> = Promise.resolve();

// A terminal sends its signals to this process too: only the parent's end counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => {
  orders = orders.then(stop).finally(() => {
    rmSync(directory, { recursive: true, force: true });
    process.exit();
  });
});
process.on('message', (order: RedisOrder) => {
  orders = orders.then(async () => {
    const fault = await carryOut(order).then(
      () => '',
      (error: Error) => error.message,
    );
    if (process.connected) process.send?.({ fault });
  });
});

async function carryOut(order: RedisOrder): Promise<void> {
  if (order.do === 'start') await start(order);
  else if (order.do === 'stop') await stop();
  else server?.kill(order.do === 'freeze' ? 'SIGSTOP' : 'SIGCONT');
}

async function start({ path, port, options: further }: RedisOrder): Promise<void> {
  // Persists nothing and uses no existing configuration.
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  server = spawn(path, [...options, '--appendonly', 'no', ...further], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // Ctrl-C in a terminal must not end it before its clients.
  });
  server.on('error', () => {
    // Its output ends then, too.
  });
  let said = '';
  for await (const line of createInterface(server.stdout as NodeJS.ReadableStream)) {
    said = `${said}${line}\n`.slice(-2000);
    if (!/ready to accept connections/i.test(line)) continue;
    server.stdout?.resume(); // Keeps reading, because a full pipe would block the server.
    return;
  }
  throw new Error(`Redis did not start: ${said}`);
}

async function stop(): Promise<void> {
  if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}
