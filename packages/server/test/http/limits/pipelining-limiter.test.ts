/** Requests that are sent without waiting for answers are bounded for each socket. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import { inTime } from '../../support/wait.ts';

describe('requests of one socket', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  /** Resolves to the number of answers once the server has closed the socket. */
  const countAnswers = async (requests: number): Promise<number> => {
    const socket = connect(Number(server.host.split(':')[1]), '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {}); // Reset while it still sends: `close` follows.
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const request = `GET /health HTTP/1.1\r\nHost: ${server.host}\r\n`;
    const last = `${request}Connection: close\r\n\r\n`;
    socket.write(`${request}\r\n`.repeat(requests - 1) + last);
    await inTime(closed, 'the server to close');
    return received.split('HTTP/1.1 200').length - 1;
  };

  test('are answered if a few are sent at once', async () => {
    assert.equal(await countAnswers(16), 16);
  });

  test('close the socket if many are sent at once, and no other socket', async () => {
    assert.ok((await countAnswers(500)) <= 16);
    assert.equal(await countAnswers(1), 1);
  });
});
