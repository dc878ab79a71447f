/**
 * The programs of a measurement run in processes of their own, and answer each request of the
 * measuring process once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { boundCommand, type Side } from './cores.ts';

/** The requests that a program answers, by name. Answers are plain data. */
type Requests = Readonly<Record<string, (argument: never) => unknown>>;

type Answers<R extends Requests, N extends keyof R> = Promise<Awaited<ReturnType<R[N]>>>;

interface Envelope {
  readonly name: string;
  readonly argument: unknown;
}

type Reply = { readonly value: unknown } | { readonly fault: string };

interface ChildProgramOptions {
  readonly side: Side;
  readonly file: string;
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** In the program, after the standard ones and the channel of requests. */
const WAKE_DESCRIPTOR = 4;

/** Longer than any phase of a measurement: a program that hangs must not block the run. */
const ANSWER_MS_MAX = 120_000;

/**
 * `npm run` sets the allocator of Parley's own server (docs/decisions/0001): every block of 64 KiB
 * comes from the system and returns there, which an application that uses a library does not have.
 */
const { MALLOC_MMAP_THRESHOLD_: _, ...ENVIRONMENT } = process.env;

/** A running program; `R` is the type of the requests that it passed to `answerRequests`. */
export class ChildProgram<R extends Requests> {
  readonly #child: ChildProcess;
  readonly #file: string;

  constructor({ side, file, nodeOptions = [], environment = {} }: ChildProgramOptions) {
    const [command = '', ...args] = boundCommand(side, [process.execPath, ...nodeOptions, file]);
    this.#file = file;
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
      serialization: 'advanced',
      env: { ...ENVIRONMENT, ...environment },
    });
  }

  /** Rejects with the program's error, or if the program ends or does not answer in time. */
  ask<N extends keyof R & string>(
    name: N,
    argument?: Parameters<R[N]>[0],
    answerMsMax = ANSWER_MS_MAX,
  ): Answers<R, N> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => settle(() => reject(new Error(`${this.#file}: ${reason}`)));
      const handleExit = () => fail(`ended before it answered '${name}'`);
      const handleReply = (reply: Reply) => {
        if ('fault' in reply) fail(reply.fault);
        // The other side is `answerRequests` with R.
        else settle(() => resolve(reply.value as Awaited<ReturnType<R[N]>>));
      };
      const timer = setTimeout(() => fail(`no answer to '${name}'`), answerMsMax);
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#child.off('exit', handleExit).off('message', handleReply);
        finish();
      };
      this.#child.once('exit', handleExit).once('message', handleReply);
      this.#child.send({ name, argument } satisfies Envelope);
    });
  }

  /** Ends `waitForWake` in the program. */
  wake(): void {
    // `stdio` says that it is a pipe.
    (this.#child.stdio[WAKE_DESCRIPTOR] as Writable).write('.');
  }

  /** Kills the process and waits until it has ended. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const isGone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await isGone;
  }
}

/** Runs in the program: answers requests one after the other until the parent process ends. */
export function answerRequests<R extends Requests>(requests: R): void {
  const answer = async ({ name, argument }: Envelope): Promise<Reply> => {
    try {
      // The other side is `ChildProgram.ask` with R: name and argument belong together.
      return { value: await requests[name]?.(argument as never) };
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) };
    }
  };
  process.on('message', (envelope: Envelope) => {
    void answer(envelope).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit());
}

/**
 * Runs in the program: stops everything in its thread until the parent process calls `wake`, or
 * ends.
 */
export function waitForWake(): void {
  if (readSync(WAKE_DESCRIPTOR, Buffer.alloc(1)) === 0) process.exit();
}

/** Uses the programs, and ends them whether or not an error occurred. */
export async function withPrograms<P extends readonly ChildProgram<never>[], T>(
  programs: P,
  use: (...programs: [...P]) => Promise<T>,
): Promise<T> {
  try {
    return await use(...programs);
  } finally {
    await Promise.all(programs.map((program) => program.end()));
  }
}
