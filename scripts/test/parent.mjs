/**
 * Loaded before the tests: they end with the runner, also if it was killed. They are a process group of
 * their own, so that nothing else would end them.
 */
import { isMainThread } from 'node:worker_threads';

const INTERVAL_MS = 1000;
const runner = process.ppid;

function endWithRunner() {
  if (process.ppid === runner) return;
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // A process that a test has started; the group of the tests is not its own.
  }
}

if (isMainThread) setInterval(endWithRunner, INTERVAL_MS).unref();
