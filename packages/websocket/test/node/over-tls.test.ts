/** The suites of liveness, backpressure, delivery, reads and the end of connections, over TLS. */
import { chooseTransport } from '../support/transport.ts';

chooseTransport('tls');
await import('./liveness/heartbeat-connections.test.ts');
await import('./slow-peers.test.ts');
await import('./close.test.ts');
await import('./frame-delivery.test.ts');
await import('./admission/rate-limits.test.ts');
await import('./deflate/receiving.test.ts');
await import('./receive/shared-read-buffer.test.ts');
