/** Shared by all measured servers: each is started, read, and stopped by its parent. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerRequests } from '../../harness/part.ts';
import { readUsage, type Usage } from '../../harness/usage.ts';

export interface ServerTerms {
  /** `broadcast`: each message goes to all connections, the sender's too. */
  readonly mode: 'echo' | 'broadcast';
  /** permessage-deflate without context takeover, for messages of any size. */
  readonly deflate: boolean;
}

/** Bytes of the process after everything that is garbage was collected. */
export interface Memory {
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export type ServerRequests = {
  /** Gives the port. */
  start(terms: ServerTerms): Promise<number>;
  usage(): Usage;
  /** Needs `--expose-gc`. */
  memory(): Promise<Memory>;
  /** Pauses for the collection of garbage since the last call; watched from the first one on. */
  collections(): { readonly count: number; readonly longestMs: number };
};

/** Connections in the backlog; thousands of clients come at once. */
export const BACKLOG = 4_096;

export function serve(start: ServerRequests['start']): void {
  answerRequests<ServerRequests>({ start, usage: readUsage, memory: readMemory, collections });
}

let pausesMs: number[] | undefined;

function collections(): { count: number; longestMs: number } {
  if (pausesMs === undefined) {
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) pausesMs?.push(duration);
    }).observe({ type: 'gc' });
  }
  const taken = pausesMs ?? [];
  pausesMs = [];
  return { count: taken.length, longestMs: Math.max(0, ...taken) };
}

async function readMemory(): Promise<Memory> {
  // Objects that one collection releases, such as closed handles, are freed by the next.
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await sleep(50);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, heapBytes: heapUsed };
}
