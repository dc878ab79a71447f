/** Shared by all measured servers: the parent process starts, reads and stops each of them. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../tests/support/certificate.ts';
import { answerRequests } from '../../harness/child-program.ts';
import { readUsage, type Usage } from '../../harness/usage.ts';

export interface SubjectOptions {
  /** `broadcast`: each message goes to all connections, including the sender's. */
  readonly mode: 'echo' | 'broadcast';
  /** permessage-deflate without context takeover, for messages of any size. */
  readonly deflate: boolean;
  /** Whether the server speaks TLS, with `BENCH_TLS`. */
  readonly tls?: boolean;
}

/** Certificate and key of servers that speak TLS. */
export const BENCH_TLS = Object.freeze({ cert: TEST_CERTIFICATE, key: TEST_KEY });

/** Memory of the process in bytes, after a complete garbage collection. */
interface Memory {
  /**
   * Without V8's young generation, which is empty then: it has grown to tens of megabytes, by how
   * fast objects were created and not by how many connections there are, and is never given back.
   */
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export type ServerRequests = {
  /** Returns the port. */
  start(options: SubjectOptions): Promise<number>;
  usage(): Usage;
  /** Needs `--expose-gc`. */
  memory(): Promise<Memory>;
  /** Garbage collection pauses since the last call; observed from the first call on. */
  collections(): { readonly count: number; readonly longestMs: number };
};

/** Connections in the backlog: thousands of clients connect at once. */
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
  // Objects that a collection releases, such as closed handles, are freed by the next one.
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await sleep(50);
  }
  const { rss, heapUsed } = process.memoryUsage();
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return { residentBytes: rss - (young?.physical_space_size ?? 0), heapBytes: heapUsed };
}
