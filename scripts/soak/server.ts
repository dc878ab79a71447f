/**
 * The server of the soak test, in its own process so that its memory can be measured
 * separately: echoes, and answers each message of its parent with a `Sample`.
 *
 * Run with `--expose-gc`; with the argument `--tls` it speaks TLS.
 */
import { readdirSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocketServer } from '@parley/websocket';
import { echo } from '../../packages/websocket/test/support/test-server.ts';
import { TEST_TLS } from '../../packages/websocket/test/support/transport.ts';

/** The memory of the server, after a collection. */
export interface Sample {
  readonly connections: number;
  /** The JavaScript heap, and its external memory. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Open files and sockets; 0 if the system does not report them. */
  readonly descriptors: number;
  readonly timers: number;
  /** Pauses for garbage collection since the last sample; forced collections are not counted. */
  readonly pauses: { readonly count: number; readonly longestMs: number };
}

/** Durations in milliseconds of collections that were not forced. */
let pausesMs: number[] = [];
const collections = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) pausesMs.push(duration);
});
collections.observe({ type: 'gc' });

const server = new WebSocketServer({
  pressureInterval: 0,
  ...(process.argv.includes('--tls') && { tls: TEST_TLS }),
  maxConnections: 10_000,
  // Many visitors may connect at once to a busy machine.
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

/** Waits a while for connections that are closing. */
async function sample(staying: number): Promise<Sample> {
  const pauses = { count: pausesMs.length, longestMs: Math.max(0, ...pausesMs) };
  for (let tries = 0; server.connections.size > staying && tries < 100; tries += 1) await wait(100);
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await wait(20);
  }
  // Forced, and reported one turn later.
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
