import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, test } from 'node:test';
import { otherUrlsOf, ownUrlOf } from '../../src/system/server-urls.ts';

function address(text: string, internal = false): NetworkInterfaceInfo {
  const common = { address: text, netmask: '', mac: '', internal, cidr: null };
  return text.includes(':')
    ? { ...common, family: 'IPv6', scopeid: 0 }
    : { ...common, family: 'IPv4' };
}

const INTERFACES = {
  lo: [address('127.0.0.1', true), address('::1', true)],
  eth0: [address('192.168.0.7'), address('2001:db8::7'), address('fe80::7')],
  eth1: [address('10.0.0.2')],
};

describe('URLs of a server', () => {
  const at = (host: string, scheme: 'http' | 'https' = 'http') => ({ scheme, host, port: 8080 });

  for (const [host, url] of [
    ['127.0.0.1', 'http://localhost:8080'],
    ['0.0.0.0', 'http://localhost:8080'],
    ['::', 'http://localhost:8080'],
    ['192.168.0.7', 'http://192.168.0.7:8080'],
    ['2001:db8::7', 'http://[2001:db8::7]:8080'],
  ] as const) {
    test(`is ${url} on the machine that listens on ${host}`, () => {
      assert.equal(ownUrlOf(at(host)), url);
    });
  }

  test('contain the addresses of the machine if it listens on all', () => {
    const urls = ['http://192.168.0.7:8080', 'http://10.0.0.2:8080'];
    assert.deepEqual(otherUrlsOf(at('0.0.0.0'), INTERFACES), urls);
    assert.deepEqual(otherUrlsOf(at('::', 'https'), INTERFACES), [
      'https://192.168.0.7:8080',
      'https://[2001:db8::7]:8080',
      'https://10.0.0.2:8080',
    ]);
  });

  test('are empty for others if it listens on one address', () => {
    for (const host of ['127.0.0.1', 'localhost', '192.168.0.7']) {
      assert.deepEqual(otherUrlsOf(at(host), INTERFACES), []);
    }
  });
});
