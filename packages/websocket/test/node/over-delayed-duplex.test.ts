/**
 * The suites of liveness, backpressure, delivery, reads and the end of connections, over a Duplex that
 * completes its writes later.
 */
import { chooseTransport } from '../support/transport.ts';

chooseTransport('later');
await import('./liveness/heartbeat-connections.test.ts');
await import('./lifetimes.test.ts');
await import('./slow-peers.test.ts');
await import('./trickle.test.ts');
await import('./close.test.ts');
await import('./invalid-frames.test.ts');
await import('./listener-failures.test.ts');
await import('./frame-delivery.test.ts');
await import('./fragments.test.ts');
await import('./reply-buffering.test.ts');
await import('./admission/rate-limits.test.ts');
await import('./deflate/receiving.test.ts');
await import('./deflate/sending.test.ts');
await import('./receive/shared-read-buffer.test.ts');
await import('./receive/unfinished-memory.test.ts');
