/** Requests that are sent without waiting for answers are bounded for each socket. */
import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import { inTime } from '../../support/wait.ts';

const PARSED = 'http.server.request.start';

describe('requests of one socket', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  /** Resolves to everything received once the server has closed the socket. */
  const exchange = async (text: string): Promise<string> => {
    const socket = connect(Number(server.host.split(':')[1]), '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {}); // Reset while it still sends: `close` follows.
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(text);
    await inTime(closed, 'the server to close');
    return received;
  };
  const countAnswers = async (requests: number): Promise<number> => {
    const request = `GET /health HTTP/1.1\r\nHost: ${server.host}\r\n`;
    const last = `${request}Connection: close\r\n\r\n`;
    const received = await exchange(`${request}\r\n`.repeat(requests - 1) + last);
    return received.split('HTTP/1.1 200').length - 1;
  };
  /** The number of requests that Node's parser has passed on. */
  const countParsed = async (act: () => Promise<unknown>): Promise<number> => {
    let parsed = 0;
    const count = () => {
      parsed += 1;
    };
    diagnostics.subscribe(PARSED, count);
    await act();
    diagnostics.unsubscribe(PARSED, count);
    return parsed;
  };

  test('are answered if a few are sent at once', async () => {
    assert.equal(await countAnswers(16), 16);
  });

  test('are answered in their order, with and without bodies', async () => {
    const post = (body: string) =>
      `POST /login HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const get = `GET /health HTTP/1.1\r\nHost: ${server.host}\r\n`;
    const received = await exchange(
      `${post('{}')}${get}\r\n${post('[]')}${get}Connection: close\r\n\r\n`,
    );
    const statuses = [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
    assert.deepEqual(statuses, ['400', '200', '400', '200']);
  });

  test('close the socket if many are sent at once, and no other socket', async () => {
    assert.ok((await countAnswers(500)) <= 16);
    assert.equal(await countAnswers(1), 1);
  });

  test('are not even parsed beyond the limit, whatever they expect', async () => {
    for (const expectation of ['', 'Expect: the-unexpected\r\n']) {
      const request = `GET /health HTTP/1.1\r\nHost: ${server.host}\r\n${expectation}\r\n`;
      const parsed = await countParsed(() => exchange(request.repeat(500)));
      assert.ok(parsed <= 17, `${parsed} requests were parsed`);
    }
  });
});
