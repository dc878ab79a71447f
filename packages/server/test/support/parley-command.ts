/** The `parley` command as an operator runs it: in a separate process and an empty directory. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { inheritedEnvironment } from './inherited-environment.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const PARLEY = join(import.meta.dirname, '../../bin/parley.mjs');

const running = new Set<ChildProcess>();
/** Ends all running commands after a test. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
}

interface ProcessOptions {
  /** Standard input of the command. */
  readonly input?: Readable;
  /** A file descriptor for its standard output. */
  readonly output?: number;
  /** Limit of open descriptors; needs a POSIX shell. */
  readonly descriptorsMax?: number;
}

export function parley(
  args: readonly string[],
  environment: Record<string, string> = {},
  { input, output, descriptorsMax }: ProcessOptions = {},
): ChildProcess {
  const command = [process.execPath, PARLEY, ...args];
  const [file = '', ...rest] =
    descriptorsMax === undefined
      ? command
      : ['sh', '-c', `ulimit -n ${descriptorsMax}; exec "$0" "$@"`, ...command];
  const child = spawn(file, rest, {
    cwd: temporaryDirectory(),
    env: {
      ...{
        ...inheritedEnvironment(),
        LOG_LEVEL: 'error',
        FIRST_ACCOUNT: 'member',
        FIRST_ROOM: 'none',
      },
      ...environment,
    },
    stdio: [input === undefined ? 'ignore' : 'pipe', output ?? 'pipe', 'pipe'],
  });
  if (child.stdin !== null) input?.pipe(child.stdin);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  environment?: Record<string, string>,
  options?: ProcessOptions,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = parley(args, environment, options);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

/** Starts a server and waits until it reports its URL. */
export async function started(
  environment: Record<string, string>,
  options?: ProcessOptions,
): Promise<Ready & { readonly child: ChildProcess }> {
  const child = parley(['start'], { PORT: '0', ...environment }, options);
  return { child, ...(await readyOf(child)) };
}

interface Ready {
  readonly url: string;
  readonly line: string;
  readonly warnings: readonly string[];
  readonly ownerUrl: string | undefined;
}

/** Reads what a server prints until it is ready. */
export async function readyOf(child: ChildProcess): Promise<Ready> {
  assert(child.stderr !== null);
  const warnings: string[] = [];
  let ownerUrl: string | undefined;
  for await (const line of createInterface(child.stderr)) {
    if (line.startsWith('Warning: ')) warnings.push(line);
    ownerUrl ??= /becomes the owner: (\S+)$/.exec(line)?.[1];
    const url = /is ready: (http:\/\/\S+)/.exec(line)?.[1];
    if (url !== undefined) return { url, line, warnings, ownerUrl };
  }
  throw new Error('The server ended before it was ready');
}

export async function exitOf(child: ChildProcess): Promise<{ code: number | null }> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code };
}
