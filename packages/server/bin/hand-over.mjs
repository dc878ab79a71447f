/** Runs another program in place of this one, with its output, signals and exit code. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * The C library of Linux returns blocks of this size to the system when they are freed. Without the
 * setting it raises the size to that of the largest freed block, up to 32 MiB, and keeps the memory
 * of password hashes and received bodies (docs/decisions/0001).
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '65536' };

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Variable with the id of this process. */
const LAUNCHER = 'PARLEY_LAUNCHER';

export async function handOver(command, args) {
  // SIGKILL cannot be forwarded: the end of the channel tells a server that this process has ended.
  const child = spawn(command, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...ALLOCATOR, ...process.env, [LAUNCHER]: String(process.pid) },
  });
  // The child decides how to handle a signal. A terminal sends it to both; the server handles it once.
  for (const signal of FORWARDED_SIGNALS) process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...how) => resolve(how));
  });
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
}
