/**
 * The suites of liveness, backpressure, delivery and the end of connections, over a Duplex that
 * completes its writes later.
 */
import { chooseTransport } from '../support/transport.ts';

chooseTransport('later');
await import('./liveness/heartbeat-connections.test.ts');
await import('./slow-peers.test.ts');
await import('./close.test.ts');
await import('./frame-delivery.test.ts');
await import('./admission/rate-limits.test.ts');
await import('./deflate/receiving.test.ts');
