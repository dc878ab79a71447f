/** Answers over HTTP that are not what the server meant to say. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { browserEnvironment } from '../../../src/core/browser-environment.ts';
import { Http, Unreachable } from '../../../src/core/connection/http.ts';
import { TokenSource } from '../../../src/core/connection/token-source.ts';

describe('an HTTP request', () => {
  async function ask(answer: (response: ServerResponse) => void): Promise<unknown> {
    const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      return await new Http(browserEnvironment(), `http://127.0.0.1:${port}`).call('GET', '/api');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test('fails, as if the server was not reachable, if the answer is cut off', async () => {
    const cutOff = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"conversations":[', () => response.destroy());
    };

    await assert.rejects(ask(cutOff), Unreachable);
  });

  test('fails in the same way if another program answers, such as the login page of a network', async () => {
    await assert.rejects(
      ask((response) => response.end('<html>')),
      Unreachable,
    );
  });

  test('fails with the meaning of the status if an error has no body of the server', async () => {
    const answer = (response: ServerResponse) => response.writeHead(502).end('<html>');

    await assert.rejects(ask(answer), { code: 'UNAVAILABLE' });
  });

  test('sends the cookie to the server of the page, and to another that the page names', async () => {
    const page = 'https://shop.example';
    for (const [serverUrl, origin, hasToken, credentials] of [
      ['', page, false, 'same-origin'],
      [`${page}/chat/`, page, false, 'same-origin'],
      ['https://chat.example', page, false, 'include'],
      ['https://shop.example:8443', page, false, 'include'],
      ['https://chat.example', page, true, 'same-origin'],
      ['https://chat.example', undefined, false, 'same-origin'],
    ] as const) {
      const seen: unknown[] = [];
      const environment = {
        ...browserEnvironment(),
        origin,
        fetch: async (_input: unknown, init?: RequestInit) => {
          seen.push(init?.credentials, new Headers(init?.headers).get('authorization'));
          return Response.json({});
        },
      };
      const token = hasToken ? new TokenSource(environment, () => 'a.b.c') : undefined;
      await new Http(environment, serverUrl, token).call('GET', '/api/auth/me');
      assert.deepEqual(seen, [credentials, hasToken ? 'Bearer a.b.c' : null]);
    }
  });
});
