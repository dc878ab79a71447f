/**
 * Calls of a worker process to the database threads, which the primary process owns: the client in
 * the worker, and the host in the primary. The threads take the calls of all workers together, so
 * that these share transactions and flushes.
 */
import type { ProcessChannel } from '../../ports/process-channel.ts';
import { NotBegun, StoreUnavailable } from '../../ports/store.ts';
import type { ArgumentOf, Operations, ResultOf } from './operations.ts';

type Role = 'writer' | 'reader';

interface RemoteCall {
  readonly id: number;
  readonly role: Role;
  readonly name: string;
  readonly argument: unknown;
}

type RemoteResult = { readonly id: number } & (
  | { readonly kind: 'done'; readonly value: unknown }
  | ({ readonly kind: 'failed' | 'unknown' | 'not-begun' } & RemoteError)
);

interface RemoteError {
  readonly message: string;
  /** Message of the error's cause. */
  readonly cause: string | undefined;
}

/** Maximum number of calls of one worker that wait for the primary. */
const WAITING_MAX = 20_000;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The client of one worker for both roles. */
export class RemoteCalls {
  readonly #primary: ProcessChannel;
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;
  #onIdle: (() => void) | undefined;
  #isClosed = false;

  constructor(primary: ProcessChannel) {
    this.#primary = primary;
    primary.onMessage('store', (result: RemoteResult) => this.#settle(result));
  }

  /** @throws StoreUnavailable if the outcome is unknown; NotBegun if too many calls wait. */
  call<O extends Operations, K extends keyof O & string>(
    role: Role,
    name: K,
    argument: ArgumentOf<O, K>,
  ): Promise<ResultOf<O, K>> {
    if (this.#isClosed) return Promise.reject(new NotBegun('The store is closed'));
    if (this.#pending.size >= WAITING_MAX) {
      return Promise.reject(new NotBegun('Too many calls are waiting for the store'));
    }
    this.#lastId += 1;
    const call: RemoteCall = { id: this.#lastId, role, name, argument };
    const result = new Promise((resolve, reject) => {
      this.#pending.set(call.id, { resolve, reject });
    });
    this.#primary.send('store', call);
    // The primary runs the operation of this name.
    return result as Promise<ResultOf<O, K>>;
  }

  /** Waits for the results of running calls. Further calls are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #settle(result: RemoteResult): void {
    const pending = this.#pending.get(result.id);
    this.#pending.delete(result.id);
    if (result.kind === 'done') pending?.resolve(result.value);
    else pending?.reject(toError(result.kind, result));
    if (this.#pending.size === 0) this.#onIdle?.();
  }
}

function toError(kind: 'failed' | 'unknown' | 'not-begun', { message, cause }: RemoteError): Error {
  const options = cause === undefined ? {} : { cause: new Error(cause) };
  if (kind === 'failed') return new Error(message, options);
  return kind === 'unknown'
    ? new StoreUnavailable(message, options)
    : new NotBegun(message, options);
}

/** Runs the operation of a name. */
export type RunOperation = (name: string, argument: unknown) => Promise<unknown>;

/** Runs the calls of a worker in the primary. */
export function hostCalls(worker: ProcessChannel, run: Readonly<Record<Role, RunOperation>>): void {
  worker.onMessage('store', ({ id, role, name, argument }: RemoteCall) => {
    const answer = (result: RemoteResult): void => worker.send('store', result);
    run[role](name, argument).then(
      (value) => answer({ id, kind: 'done', value }),
      (error: unknown) => answer({ id, kind: kindOf(error), ...describe(error) }),
    );
  });
}

function kindOf(error: unknown): 'failed' | 'unknown' | 'not-begun' {
  if (error instanceof NotBegun) return 'not-begun';
  return error instanceof StoreUnavailable ? 'unknown' : 'failed';
}

function describe(error: unknown): RemoteError {
  if (!(error instanceof Error)) return { message: String(error), cause: undefined };
  const { message, cause } = error;
  return { message, cause: cause instanceof Error ? cause.message : undefined };
}
