import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchAddresses } from '../../../src/node/admission/address.ts';
import { clientAddress } from '../../../src/node/admission/client-address.ts';

const isTrusted = matchAddresses(['10.0.0.0/8', '::1']);

describe('X-Forwarded-For', () => {
  const behind = (remoteAddress: string | undefined, value?: string) =>
    clientAddress(remoteAddress, value === undefined ? {} : { 'x-forwarded-for': value }, {
      isTrusted,
      header: 'x-forwarded-for',
    });

  test('is not read from an untrusted address', () => {
    assert.equal(behind('192.0.2.1', '198.51.100.7'), '192.0.2.1');
    assert.equal(behind('::ffff:192.0.2.1', '198.51.100.7'), '192.0.2.1');
  });

  test('is read from the right, up to the first untrusted address', () => {
    assert.equal(behind('10.0.0.1', '198.51.100.7'), '198.51.100.7');
    assert.equal(behind('10.0.0.1', '203.0.113.9, 198.51.100.7, 10.9.9.9'), '198.51.100.7');
    assert.equal(behind('::1', '198.51.100.7:4711'), '198.51.100.7');
    assert.equal(behind('10.0.0.1', '2001:db8::7'), '2001:db8::7');
  });

  test('a missing or malformed header gives the last known proxy', () => {
    assert.equal(behind('10.0.0.1'), '10.0.0.1');
    assert.equal(behind('10.0.0.1', ''), '10.0.0.1');
    assert.equal(behind('10.0.0.1', '198.51.100.7, unknown'), '10.0.0.1');
    assert.equal(behind('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3');
  });

  test('is ignored if the socket has no address', () => {
    assert.equal(behind(undefined, '198.51.100.7'), undefined);
  });
});

describe('Forwarded', () => {
  const behind = (value: string) =>
    clientAddress(
      '10.0.0.1',
      { forwarded: value, 'x-forwarded-for': '203.0.113.66' },
      { isTrusted, header: 'forwarded' },
    );

  test('is read by its for parameters, from the right', () => {
    assert.equal(behind('for=198.51.100.7'), '198.51.100.7');
    assert.equal(behind('for=203.0.113.9, For="198.51.100.7:80";proto=https'), '198.51.100.7');
    assert.equal(behind('by=10.0.0.1;for="[2001:db8::7]:443"'), '2001:db8::7');
    assert.equal(behind('for=198.51.100.7, for=10.0.0.2'), '198.51.100.7');
  });

  test('is not read within the quotes of another parameter', () => {
    const real = 'for=198.51.100.7';
    assert.equal(behind(`proto=http;host="x;for=203.0.113.1";${real}`), '198.51.100.7');
    assert.equal(behind(`${real};host="x,for=203.0.113.1"`), '198.51.100.7');
    assert.equal(behind(`${real};host="x\\";for=203.0.113.1"`), '198.51.100.7');
    assert.equal(behind(`xfor=203.0.113.1;${real}`), '198.51.100.7');
    assert.equal(behind(`by=10.0.0.1;${real};proto=http, for=10.0.0.2`), '198.51.100.7');
  });

  test('cannot be hidden behind a quote that a client left open', () => {
    assert.equal(behind('for="198.51.100.1, for=198.51.100.7'), '198.51.100.7');
    assert.equal(behind('for=203.0.113.1;x=", for="[2001:db8::7]"'), '2001:db8::7');
    assert.equal(behind('for=203.0.113.1;x=", for=198.51.100.7;host="a"'), '198.51.100.7');
  });

  test('a header without an address gives the last known proxy', () => {
    assert.equal(behind('for=unknown'), '10.0.0.1');
    assert.equal(behind('for="_hidden"'), '10.0.0.1');
    assert.equal(behind('proto=https'), '10.0.0.1');
  });
});
