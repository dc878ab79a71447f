/**
 * The parts of a measurement run in their own processes. A part is a program
 * that answers each request of the measuring process once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { boundCommand, type Side } from './cores.ts';

/** The requests that a part answers, by name. An answer is plain data. */
export type Requests = Readonly<Record<string, (argument: never) => unknown>>;

type Answers<R extends Requests, N extends keyof R> = Promise<Awaited<ReturnType<R[N]>>>;

interface Envelope {
  readonly name: string;
  readonly argument: unknown;
}

type Reply = { readonly value: unknown } | { readonly fault: string };

export interface PartTerms {
  readonly side: Side;
  readonly file: string;
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Longer than any phase of any measurement: a part that hangs must not hang the run. */
const ANSWER_MS_MAX = 120_000;

/** A part that runs; `R` is the type of what its program gave to `answerRequests`. */
export class Part<R extends Requests> {
  readonly #child: ChildProcess;
  readonly #file: string;

  constructor({ side, file, nodeOptions = [], environment = {} }: PartTerms) {
    const [command = '', ...args] = boundCommand(side, [process.execPath, ...nodeOptions, file]);
    this.#file = file;
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, ...environment },
    });
  }

  /** Rejects with what the part says went wrong, or when it ends or stays silent. */
  ask<N extends keyof R & string>(name: N, argument?: Parameters<R[N]>[0]): Answers<R, N> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => settle(() => reject(new Error(`${this.#file}: ${reason}`)));
      const handleExit = () => fail(`ended before it answered '${name}'`);
      const handleReply = (reply: Reply) => {
        if ('fault' in reply) fail(reply.fault);
        // The other end is `answerRequests` with R.
        else settle(() => resolve(reply.value as Awaited<ReturnType<R[N]>>));
      };
      const timer = setTimeout(() => fail(`no answer to '${name}'`), ANSWER_MS_MAX);
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#child.off('exit', handleExit).off('message', handleReply);
        finish();
      };
      this.#child.once('exit', handleExit).once('message', handleReply);
      this.#child.send({ name, argument } satisfies Envelope);
    });
  }

  /** Cuts the process off and waits until it is gone. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const isGone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await isGone;
  }
}

/** The part's side: answers one request after the other, until its parent goes. */
export function answerRequests<R extends Requests>(requests: R): void {
  const answer = async ({ name, argument }: Envelope): Promise<Reply> => {
    try {
      // The other end is `Part.ask` with R: name and argument belong together.
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

/** Starts parts, uses them, and ends them however it went. */
export async function withParts<P extends readonly Part<never>[], T>(
  parts: P,
  use: (...parts: [...P]) => Promise<T>,
): Promise<T> {
  try {
    return await use(...parts);
  } finally {
    await Promise.all(parts.map((part) => part.end()));
  }
}
