/**
 * An echo server that is started with few descriptors, and reports its port to its parent. It
 * exits with its parent.
 */
import { WebSocketServer } from '../../src/index.ts';
import { echo } from './test-server.ts';

process.on('warning', (warning) => process.send?.({ warning: 'code' in warning && warning.code }));
const server = new WebSocketServer({ pressureInterval: 0 });
server.on('connection', echo);
const { port } = await server.listen(0, '127.0.0.1');
server.on('upgradeRefused', ({ reason }) => process.send?.({ refused: reason }));
server.on('acceptFailed', (failure) => process.send?.(failure));
process.send?.({ port });
process.on('disconnect', () => process.exit(0));
