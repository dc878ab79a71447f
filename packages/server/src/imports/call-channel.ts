/**
 * Calls between two processes in both directions. Arguments and results are copied; errors keep their
 * class if the other side may react to it.
 */
import {
  FileHarmful,
  FileTooLarge,
  FileUnchecked,
  PictureRefused,
  StorageFull,
} from '../ports/file-storage.ts';
import { ExportElsewhere } from '../ports/history-importer.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { ImportError } from './exported-history.ts';

interface OtherProcess {
  /** The callback is called when it is sent, or the other process has ended. */
  send?(message: unknown, callback: () => void): unknown;
  on(event: 'message', handle: (message: unknown) => void): unknown;
}

type Call = { readonly id: number; readonly name: string; readonly args: readonly unknown[] };
type Result = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly error: CopiedError }
);

interface CopiedError {
  readonly name: string;
  readonly message: string;
  readonly cause: string | undefined;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export type Handlers = Readonly<Record<string, (...args: never[]) => unknown>>;

interface CallChannel {
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** The other side has ended: rejects the calls that wait for it, and serves no others. */
  end(error: unknown): void;
}

interface ChannelLimits {
  /** Calls of the other side that are served at once. */
  readonly callsMax: number;
  /** Called instead of serving a call beyond them. */
  readonly onTooMany: () => void;
  /** Called after each message, with the calls that wait on either side. */
  readonly onTraffic: (waiting: { readonly here: number; readonly there: number }) => void;
}

const ERRORS: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  FileHarmful,
  FileTooLarge,
  FileUnchecked,
  StorageFull,
  ExportElsewhere,
  ImportError,
  StoreUnavailable,
  NotBegun: StoreUnavailable,
};

/** @param limits For the process that is to outlive the other one. */
export function callChannel(
  other: OtherProcess,
  handlers: Handlers,
  limits?: ChannelLimits,
): CallChannel {
  const pending = new Map<number, PendingCall>();
  let [lastId, serving] = [0, 0];
  let isEnded = false;
  const send = (message: Call | Result): void => {
    other.send?.(message, () => {});
  };
  const noteTraffic = (): void => limits?.onTraffic({ here: serving, there: pending.size });

  const serve = async ({ id, name, args }: Call): Promise<void> => {
    serving += 1;
    noteTraffic();
    let result: Result;
    try {
      const handle = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (handle === undefined) throw new Error(`There is no ${name}`);
      result = { id, value: await handle(...(args as never[])) };
    } catch (error) {
      result = { id, error: copyOf(error) };
    }
    serving -= 1;
    if (isEnded) return;
    send(result);
    noteTraffic();
  };
  const settle = (result: Result): void => {
    const call = pending.get(result.id);
    pending.delete(result.id);
    noteTraffic();
    if ('error' in result) call?.reject(restored(result.error));
    else call?.resolve(result.value);
  };
  other.on('message', (received) => {
    if (isEnded) return;
    // Written by this program on the other side.
    const message = received as Call | Result;
    if (!('name' in message)) settle(message);
    else if (limits !== undefined && serving >= limits.callsMax) limits.onTooMany();
    else void serve(message);
  });

  return {
    call(name, ...args) {
      if (isEnded) return Promise.reject(new Error('The other side has ended'));
      lastId += 1;
      const id = lastId;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      pending.set(id, { resolve, reject });
      send({ id, name, args });
      noteTraffic();
      return promise;
    },
    end(error) {
      isEnded = true;
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    },
  };
}

function copyOf(error: unknown): CopiedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), cause: undefined };
  const { name, message, cause } = error;
  return { name, message, cause: cause instanceof Error ? cause.message : undefined };
}

function restored({ name, message, cause }: CopiedError): Error {
  if (name === 'PictureRefused') {
    return new PictureRefused(message === 'unsupported' ? message : 'unreadable');
  }
  const Class = (Object.hasOwn(ERRORS, name) ? ERRORS[name] : undefined) ?? Error;
  return new Class(message, cause === undefined ? {} : { cause: new Error(cause) });
}
