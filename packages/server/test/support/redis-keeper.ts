/**
 * Runs one private Redis for the process that started this one, and ends it when that
 * process ends, however it ends: a killed parent shows in the channel between the two.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What the parent asks for; each is answered by `{fault}`, empty where it is done. */
export interface RedisOrder {
  readonly do: 'start' | 'stop' | 'freeze' | 'thaw';
  readonly path: string;
  readonly port: number;
}

const directory = mkdtempSync(join(tmpdir(), 'parley-redis-'));
let server: ChildProcess | undefined;
let orders: Promise<unknown> = Promise.resolve();

// A terminal sends its signals to us too: the parent's end is what counts.
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

async function start({ path, port }: RedisOrder): Promise<void> {
  // Nothing is kept: neither a dump nor anybody else's configuration.
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  server = spawn(path, [...options, '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  server.on('error', () => {
    // Its output ends then, too.
  });
  let said = '';
  for await (const line of createInterface(server.stdout as NodeJS.ReadableStream)) {
    said = `${said}${line}\n`.slice(-2000);
    if (!/ready to accept connections/i.test(line)) continue;
    server.stdout?.resume(); // Read on, or it would stand still at a full pipe.
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
