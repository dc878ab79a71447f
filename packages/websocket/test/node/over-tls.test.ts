/** The suites of liveness, backpressure and the end of connections, over TLS. */
import { chooseTransport } from '../support/transport.ts';

chooseTransport('tls');
await import('./liveness/heartbeat-connections.test.ts');
await import('./slow-peers.test.ts');
await import('./close.test.ts');
