/** Goes on as another program: its output, its signals and its exit code are ours. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export async function handOver(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  // The child decides what a signal means. A terminal sends it to both; the server takes it once.
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...how) => resolve(how));
  });
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
}
