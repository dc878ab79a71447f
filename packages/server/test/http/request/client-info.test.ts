import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { matchAddresses } from '@parley/websocket/http';
import { readClientInfo } from '../../../src/http/request/client-info.ts';

const isTrusted = matchAddresses(['10.0.0.0/8', '::1']);

function factsOf(remoteAddress: string, headers: IncomingMessage['headers']) {
  // Contains only the fields that are read.
  return readClientInfo({ headers, socket: { remoteAddress } } as IncomingMessage, isTrusted);
}

describe('readClientInfo', () => {
  test('ignores the headers of an untrusted peer', () => {
    const facts = factsOf('192.0.2.1', {
      host: 'chat.example',
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    });

    assert.deepEqual(facts, { address: '192.0.2.1', host: 'chat.example', isSecure: false });
  });

  test('uses the headers of a trusted proxy', () => {
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

  test('uses the last address that is not a trusted proxy, since clients can forge the others', () => {
    const facts = factsOf('10.1.2.3', { 'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.9.9.9' });

    assert.equal(facts.address, '198.51.100.7');
  });

  test('shows an IPv4-mapped IPv6 address as IPv4', () => {
    assert.equal(factsOf('::ffff:192.0.2.1', {}).address, '192.0.2.1');
    assert.equal(
      factsOf('::ffff:10.1.2.3', { 'x-forwarded-for': '::1, 192.0.2.9' }).address,
      '192.0.2.9',
    );
  });

  test('uses the address of the peer if the header is missing or all addresses are trusted', () => {
    assert.equal(factsOf('10.1.2.3', {}).address, '10.1.2.3');
    assert.equal(factsOf('10.1.2.3', { 'x-forwarded-for': '10.0.0.1' }).address, '10.0.0.1');
  });
});
