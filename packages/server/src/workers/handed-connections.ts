/**
 * The connections that a primary hands to a worker. Node's cluster module closes its own copy when
 * the worker has accepted the connection; if the worker ends before, the client would wait for ever.
 */
import type { ChildProcess } from 'node:child_process';

/** The operating system's socket; closing it again has no effect. */
interface Handle {
  close(): void;
}

/** Returns a function that closes what was not accepted, for when the worker has ended. */
export function trackHandedConnections(worker: ChildProcess): () => void {
  // The next connection of a listening socket follows after the worker has accepted the last one.
  const lastOf = new Map<unknown, Handle>();
  const send = worker.send.bind(worker) as (...values: unknown[]) => boolean;
  worker.send = (message: unknown, handle?: unknown, ...rest: unknown[]): boolean => {
    if (handle) lastOf.set((message as { readonly key?: unknown }).key, handle as Handle);
    return send(message, handle, ...rest);
  };
  return () => {
    for (const handle of lastOf.values()) handle.close();
  };
}
