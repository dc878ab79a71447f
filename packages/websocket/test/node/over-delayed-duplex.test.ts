/**
 * The suites of liveness, backpressure and the end of connections, over a Duplex that completes its
 * writes later.
 */
import { chooseTransport } from '../support/transport.ts';

chooseTransport('later');
await import('./liveness/heartbeat-connections.test.ts');
await import('./slow-peers.test.ts');
await import('./close.test.ts');
