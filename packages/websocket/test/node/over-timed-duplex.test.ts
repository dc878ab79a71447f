/**
 * The suites of liveness, backpressure and the end of connections, over a Duplex each of whose
 * writes takes 20 ms of the test's clock, so that writes are in flight while timers are due.
 */
import { chooseTransport } from '../support/transport.ts';

chooseTransport('timed');
await import('./liveness/heartbeat-connections.test.ts');
await import('./slow-peers.test.ts');
await import('./close.test.ts');
await import('./frame-delivery.test.ts');
await import('./lifetimes.test.ts');
