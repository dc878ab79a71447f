/** The `parley` command as an operator runs it, in an empty directory. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { format } from 'node:util';
import { main } from '../../src/cli/main.ts';
import { inheritedEnvironment } from './inherited-environment.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const PARLEY = join(import.meta.dirname, '../../bin/parley.mjs');

const running = new Set<ChildProcess>();
/** Ends all running commands after a test. */
export async function endAll(): Promise<void> {
  const ends = [...running].map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
}

interface ProcessOptions {
  /** Standard input of the command. */
  readonly input?: Readable;
  /** A file descriptor for its standard output. */
  readonly output?: number;
  /** Limit of open descriptors; needs a POSIX shell. */
  readonly descriptorsMax?: number;
}

const SETTINGS = {
  LOG_LEVEL: 'error',
  FIRST_ACCOUNT: 'member',
  FIRST_ROOM: 'none',
  // On a slow machine a test server is late, and its refusals last longer than tests wait.
  LOOP_DELAY_MAX_MS: '0',
};

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
    env: { ...inheritedEnvironment(), ...SETTINGS, ...environment },
    stdio: [input === undefined ? 'ignore' : 'pipe', output ?? 'pipe', 'pipe'],
  });
  if (child.stdin !== null) input?.pipe(child.stdin);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, in a process of its own. */
export async function runAlone(
  args: readonly string[],
  environment?: Record<string, string>,
  options?: ProcessOptions,
): Promise<Ended> {
  const child = parley(args, environment, options);
  assert(child.stdout !== null && child.stderr !== null);
  const [stdout, stderr, [code]] = await Promise.all([
    ...[text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number]>],
  ] as const);
  return { code, stdout, stderr };
}

let latest: Promise<unknown> = Promise.resolve();

/**
 * Runs a command that ends by itself in this process, after those before it: as a process of its
 * own it would import all modules again.
 */
export function run(
  args: readonly string[],
  environment: Record<string, string> = {},
  input = Readable.from([]),
): Promise<Ended> {
  const ended = latest.then(() => runHere(args, environment, input));
  latest = ended;
  return ended;
}

async function runHere(
  args: readonly string[],
  environment: Record<string, string>,
  input: Readable,
): Promise<Ended> {
  const { env, exitCode } = process;
  const { log, error } = console;
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};
  const directory = process.cwd();
  let [stdout, stderr] = ['', ''];
  console.log = (...line) => {
    stdout += `${format(...line)}\n`;
  };
  console.error = (...line) => {
    stderr += `${format(...line)}\n`;
  };
  Object.defineProperty(process, 'stdin', { value: input, configurable: true });
  process.chdir(temporaryDirectory());
  process.env = { ...inheritedEnvironment(), ...SETTINGS, ...environment };
  process.exitCode = 0;
  try {
    await main(args);
    return { code: process.exitCode, stdout, stderr };
  } finally {
    Object.assign(console, { log, error });
    Object.defineProperty(process, 'stdin', stdin);
    process.chdir(directory);
    Object.assign(process, { env, exitCode });
  }
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
