/** A server for `message-walk.test.ts`: prints its address, and ends with its standard input. */
import { TestServer } from '../../packages/server/test/support/running-server.ts';

const server = await TestServer.start();
process.stdout.write(`${server.url}\n`);
process.stdin.on('end', () => void server.close()).resume();
