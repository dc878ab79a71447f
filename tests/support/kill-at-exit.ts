/** A child process that must not outlive this one, also if a test fails. */
import type { ChildProcess } from 'node:child_process';

export function killAtExit(child: ChildProcess): void {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
