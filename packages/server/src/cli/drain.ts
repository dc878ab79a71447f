/** `parley drain`: stops the server of a data directory, and waits until it has ended. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Config, ConfigError } from '../config/load-config.ts';
import { findServerProcess } from './store-admin.ts';

const CHECK_MS = 100;
/** Time that a server may take to end after its connections are closed. */
const END_TIMEOUT_MS = 20_000;

export async function drain({ values }: Config): Promise<void> {
  const pid = findServerProcess(values);
  if (pid === undefined) {
    throw new ConfigError(`No server uses DATA_DIR '${values.DATA_DIR}' on this machine.`);
  }
  process.kill(pid, 'SIGTERM');
  const endMs = performance.now() + values.DRAIN_MS + END_TIMEOUT_MS;
  while (isRunning(pid)) {
    if (performance.now() > endMs) throw new ConfigError(`Process ${pid} has not ended in time.`);
    await wait(CHECK_MS);
  }
  console.log(`The server (process ${pid}) has ended.`);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
