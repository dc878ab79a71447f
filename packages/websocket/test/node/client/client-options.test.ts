import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientOptions,
  checkClientOptions,
  checkTarget,
} from '../../../src/node/client/client-options.ts';

function rejectionOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'INVALID_ARGUMENT');
    return error.message;
  }
  throw new Error('it was accepted');
}

test('a client waits longer for a handshake than a server, and only reports slow peers', () => {
  const { handshakeTimeout, slowConsumerPolicy, maxMessageSize } = checkClientOptions({});

  assert.deepEqual(
    [handshakeTimeout, slowConsumerPolicy, maxMessageSize],
    [10_000, 'report', 1_048_576],
  );
});

test('an option that is undefined keeps its default', () => {
  // Callers without exactOptionalPropertyTypes write this.
  const given = {
    protocols: undefined,
    closeTimeout: undefined,
    // Its default differs from that of a server.
    handshakeTimeout: undefined,
  } as object;

  assert.deepEqual(checkClientOptions(given), checkClientOptions({}));
});

test('unknown options, and options of servers, are rejected by name', () => {
  for (const name of ['port', 'maxConnections', 'timeout']) {
    assert.match(
      rejectionOf(() => checkClientOptions({ [name]: 1 })),
      new RegExp(name),
    );
  }
});

test('numbers have the same ranges as in a server', () => {
  for (const handshakeTimeout of [0, 600_001, 1.5]) {
    assert.match(
      rejectionOf(() => checkClientOptions({ handshakeTimeout })),
      /handshakeTimeout is/,
    );
  }
  assert.match(
    rejectionOf(() => checkClientOptions({ maxMessageSize: 0 })),
    /maxMessageSize is 0/,
  );
});

test('subprotocols are tokens, each once', () => {
  const faulty: unknown[] = [['a b'], [''], ['a', 'a'], 'a', [1]];
  for (const protocols of faulty) {
    // As JavaScript would pass it.
    const given = { protocols } as Partial<ClientOptions>;
    assert.match(
      rejectionOf(() => checkClientOptions(given)),
      /protocols/,
    );
  }
});

test('headers of the handshake, and headers that break HTTP, are rejected', () => {
  const faulty = [
    { Connection: 'close' },
    { 'sec-websocket-key': 'x' },
    { 'X-Name': 'a\r\nX-Other: b' },
    { 'not a name': 'x' },
  ];
  for (const headers of faulty) {
    assert.match(
      rejectionOf(() => checkClientOptions({ headers })),
      /^option headers: /,
    );
  }
});

test('options that could never work are rejected by name', () => {
  const wrong = { signal: 5, headers: 5, tls: true, agent: 'a', handleListenerError: 1, clock: {} };
  for (const [name, value] of Object.entries(wrong)) {
    assert.match(
      rejectionOf(() => checkClientOptions({ [name]: value })),
      new RegExp(`^option ${name} is `),
    );
  }
});

test('an address is a ws or wss URL without a fragment', () => {
  const { href } = checkTarget('ws://127.0.0.1:8080/chat?room=1', { tls: undefined });

  assert.equal(href, 'ws://127.0.0.1:8080/chat?room=1');
  for (const address of ['', 'chat', '/chat', 'http://a/', 'file:///a', 'ws://a/#b']) {
    assert.match(
      rejectionOf(() => checkTarget(address, { tls: undefined })),
      /address/,
    );
  }
});

test('TLS options are rejected for an address without TLS', () => {
  assert.match(
    rejectionOf(() => checkTarget('ws://a/', { tls: {} })),
    /tls/,
  );
  assert.equal(checkTarget('wss://a/', { tls: {} }).protocol, 'wss:');
});
