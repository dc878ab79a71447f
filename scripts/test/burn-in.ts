/** Repeats new and changed test files, some of the times on a busy machine: a race shows itself before it is committed. */
import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { root } from '../steps.ts';
import { runAll } from './run-all.ts';

const TIMES = 15;
const TIMES_BUSY = 5;

/** Test files that differ from the commit, also those that git does not know yet. */
export function changedSince(commit: string, files: readonly string[]): string[] {
  const git = (...args: string[]): string[] =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
  const changed = new Set([
    ...git('diff', '--name-only', commit),
    ...git('ls-files', '--others', '--exclude-standard'),
  ]);
  return files.filter((path) => changed.has(path));
}

export async function burnIn(
  files: readonly string[],
  run: (paths: readonly string[]) => Promise<void>,
): Promise<void> {
  const alone = files.map((path) => [path]);
  await runAll(times(TIMES, alone), run);
  const busy = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  process.once('exit', () => busy.forEach((child) => void child.kill('SIGKILL')));
  await runAll(times(TIMES_BUSY, alone), run);
  for (const child of busy) child.kill('SIGKILL');
}

function times<T>(count: number, items: readonly T[]): T[] {
  return Array.from({ length: count }, () => items).flat();
}
