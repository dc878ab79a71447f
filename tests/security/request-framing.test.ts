/**
 * A request whose end is ambiguous is rejected and its connection closed, so that a proxy and
 * this server never disagree about where the next request begins.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { exchangeRaw } from './raw-exchange.ts';

const INNER = 'GET /health HTTP/1.1\r\nHost: inner\r\nConnection: close\r\n\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const END = `\r\n0\r\n\r\n${INNER}`;

const AMBIGUOUS: Readonly<Record<string, string>> = {
  'a length and chunks': `Content-Length: 5\r\n${CHUNKED}${END}`,
  'chunks and a length': `${CHUNKED}Content-Length: 5\r\n${END}`,
  'two different lengths': `Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${INNER}`,
  'the same length twice': `Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${INNER}`,
  'a list of lengths': `Content-Length: 2, 2\r\n\r\n{}${INNER}`,
  'a length with a sign': `Content-Length: +2\r\n\r\n{}${INNER}`,
  'a negative length': `Content-Length: -2\r\n\r\n{}${INNER}`,
  'a length in hexadecimal': `Content-Length: 0x2\r\n\r\n{}${INNER}`,
  'an unknown transfer coding': `Transfer-Encoding: xchunked\r\n${END}`,
  'chunks that are not the last coding': `Transfer-Encoding: chunked, identity\r\n${END}`,
  'chunks twice': `${CHUNKED}${CHUNKED}${END}`,
  'a blank before the colon': `Transfer-Encoding : chunked\r\n${END}`,
  'a tab before the name': `\tTransfer-Encoding: chunked\r\n${END}`,
  'a folded field': `X: a\r\n Content-Length: 2\r\n\r\n{}${INNER}`,
  'a field that ends with a line feed alone': `X: a\nContent-Length: 2\r\n\r\n{}${INNER}`,
  'a field that ends with a carriage return alone': `X: a\rContent-Length: 2\r\n\r\n{}${INNER}`,
  'a chunk size with a sign': `${CHUNKED}\r\n+0\r\n\r\n${INNER}`,
  'a chunk size that is too large': `${CHUNKED}\r\nfffffffffffffffff\r\n\r\n${INNER}`,
};

describe('a request whose end is ambiguous', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  for (const [title, rest] of Object.entries(AMBIGUOUS)) {
    test(`is rejected, and nothing after it is answered: ${title}`, async () => {
      const head = `POST /login HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/json\r\n`;

      const { statuses, received } = await exchangeRaw(server.host, head + rest);

      assert.deepEqual(statuses, [400], received);
      assert.doesNotMatch(received, /"status":"ok"/);
    });
  }
});
