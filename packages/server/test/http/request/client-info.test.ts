import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { matchAddresses } from '@parley/websocket';
import { readClientInfo } from '../../../src/http/request/client-info.ts';

const isTrusted = matchAddresses(['10.0.0.0/8', '::1']);

function factsOf(remoteAddress: string, headers: IncomingMessage['headers']) {
  // As much of a request as is looked at.
  return readClientInfo({ headers, socket: { remoteAddress } } as IncomingMessage, isTrusted);
}

describe('readRequestFacts', () => {
  test('believes nothing of an address that is not trusted', () => {
    const facts = factsOf('192.0.2.1', {
      host: 'chat.example',
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    });

    assert.deepEqual(facts, { address: '192.0.2.1', host: 'chat.example', isSecure: false });
  });

  test('believes a trusted proxy', () => {
    const facts = factsOf('10.1.2.3', {
      host: 'backend:8080',
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-host': 'chat.example',
      'x-forwarded-proto': 'https',
    });

    assert.deepEqual(facts, { address: '198.51.100.7', host: 'chat.example', isSecure: true });
  });

  test('reads the scheme in any case', () => {
    assert.equal(factsOf('10.1.2.3', { 'x-forwarded-proto': 'HTTPS' }).isSecure, true);
  });

  test('takes the last address that no trusted proxy has: the rest a client may have made up', () => {
    const facts = factsOf('10.1.2.3', { 'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.9.9.9' });

    assert.equal(facts.address, '198.51.100.7');
  });

  test('shows an IPv4 address as such when it comes over IPv6', () => {
    assert.equal(factsOf('::ffff:192.0.2.1', {}).address, '192.0.2.1');
    assert.equal(
      factsOf('::ffff:10.1.2.3', { 'x-forwarded-for': '::1, 192.0.2.9' }).address,
      '192.0.2.9',
    );
  });

  test('falls back to the peer where the header is missing or all are trusted', () => {
    assert.equal(factsOf('10.1.2.3', {}).address, '10.1.2.3');
    assert.equal(factsOf('10.1.2.3', { 'x-forwarded-for': '10.0.0.1' }).address, '10.0.0.1');
  });
});
