/** The conformance cases of our server and client over a Duplex that completes its writes later. */
import { chooseTransport } from '../support/transport.ts';

chooseTransport('later');
await import('./handshake.test.ts');
await import('./request-target.test.ts');
await import('./framing.test.ts');
await import('./masking.test.ts');
await import('./fragmentation.test.ts');
await import('./control-frames.test.ts');
await import('./utf8.test.ts');
await import('./limits.test.ts');
await import('./close-codes.test.ts');
await import('./deflate.test.ts');
await import('./timing.test.ts');
await import('./client.test.ts');
