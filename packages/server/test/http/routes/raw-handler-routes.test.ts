/** Requests that are passed to another handler, over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import Fastify from 'fastify';
import {
  addRawHandlerRoutes,
  type RawHandler,
} from '../../../src/http/routes/raw-handler-routes.ts';
import { inTime, until } from '../../support/wait.ts';

const COUNT = 20;

async function start(t: TestContext, handler: RawHandler): Promise<number> {
  const app = Fastify();
  addRawHandlerRoutes(app, new Map([['/raw/', handler]]));
  t.after(() => app.close());
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  return Number(new URL(address).port);
}

test('bodies that end at the same time are handled in turns of their own', async (t) => {
  let turn = 0;
  const countTurns = () => {
    turn += 1;
    immediate = setImmediate(countTurns);
  };
  let immediate = setImmediate(countTurns);
  t.after(() => clearImmediate(immediate));
  const turns: number[] = [];
  let closedEarly = 0;
  let begun = 0;
  const port = await start(t, (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
      if (body === 'hell') begun += 1;
    });
    const countEarly = () => {
      closedEarly += 1;
    };
    request.on('close', countEarly);
    request.on('end', () => {
      request.off('close', countEarly);
      turns.push(turn);
      response.end(body);
    });
  });
  const sockets = Array.from({ length: COUNT }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets)
    socket.write('POST /raw/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell');
  await until(() => begun === COUNT, 'the requests');

  const answers = sockets.map(async (socket) => String((await once(socket, 'data'))[0]));
  // All are in the system before the server reads any.
  for (const socket of sockets) socket.write('o');
  const received = await inTime(Promise.all(answers), 'the answers');
  for (const socket of sockets) socket.destroy();

  for (const answer of received) assert.match(answer, /hello$/);
  assert.equal(new Set(turns).size, COUNT);
  assert.equal(closedEarly, 0, 'requests that seemed to be given up');
});
