/**
 * The server of the soak, in a process of its own so that what it holds can be
 * told apart: echoes, and answers each message of its parent with a `Sample`.
 *
 * Run with `--expose-gc`.
 */
import { readdirSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { TRUSTED_PEERS, WebSocketServer } from '@parley/websocket';
import { echo } from '../../packages/websocket/test/support/test-server.ts';

/** What the server holds, after a collection. */
export interface Sample {
  readonly connections: number;
  /** The JavaScript heap, and what hangs on it outside. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Open files and sockets; 0 where the system does not tell. */
  readonly descriptors: number;
  readonly timers: number;
  /** For the collection of garbage, since the last sample; forced ones are not counted. */
  readonly pauses: { readonly count: number; readonly longestMs: number };
}

/** Durations in milliseconds, of collections that nobody asked for. */
let pausesMs: number[] = [];
const collections = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) pausesMs.push(duration);
});
collections.observe({ type: 'gc' });

const server = new WebSocketServer({
  ...TRUSTED_PEERS,
  maxConnections: 10_000,
  // Many visitors may come at once to a machine that does other work.
  handshakeTimeout: 60_000,
  perMessageDeflate: { threshold: 256 },
});
server.on('connection', echo);
const { port } = await server.listen(0, '127.0.0.1');
process.send?.({ port });
process.on('message', (staying: number) => {
  void sample(staying).then((each) => process.send?.(each));
});
process.on('disconnect', () => process.exit(0));

/** Waits a while for connections that are on their way out. */
async function sample(staying: number): Promise<Sample> {
  const pauses = { count: pausesMs.length, longestMs: Math.max(0, ...pausesMs) };
  for (let tries = 0; server.connections.size > staying && tries < 100; tries += 1) await wait(100);
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await wait(20);
  }
  // Forced, and told of a turn later.
  pausesMs = [];
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    connections: server.connections.size,
    heapBytes: heapUsed + external,
    residentBytes: rss,
    descriptors: countDescriptors(),
    pauses,
    timers: process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length,
  };
}

function countDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
