/** To which addresses the server connects for a preview. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressGuard } from '../../src/previews/address-guard.ts';

const CLOSED = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.255.255.255'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1'],
  ...['192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.250'],
  ...['240.0.0.1', '255.255.255.255'],
  // Unspecified, loopback, link-local, site-local, unique-local, multicast.
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fc00::1', 'fd12:3456::1', 'ff02::1'],
  // IPv4 in IPv6: mapped, compatible, translated (NAT64), 6to4, Teredo.
  ...['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1'],
  ...['2002:7f00:1::', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '::ffff:0:127.0.0.1'],
  // Documentation, discard, benchmarks, segment routing.
  ...['2001:db8::1', '3fff::1', '100::1', '2001:2::1', '5f00::1'],
  ...['', 'localhost', '127.1', '2130706433', '1.2.3.4/8'],
];
const PUBLIC = [
  ...['8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1'],
  ...['192.167.0.1', '169.253.0.1', '223.255.255.255', '2606:4700::1111', '2a00:1450::1'],
  '2001:4860:4860::8888',
];

test('connections are made to public addresses only', () => {
  const guard = addressGuard([]);
  for (const address of CLOSED) assert.equal(guard(address), 'refused', address);
  for (const address of PUBLIC) assert.equal(guard(address), 'public', address);
});

test('and to those that the operator names', () => {
  const guard = addressGuard(['10.1.0.0/16', '192.168.0.5', 'fd00::/8', '8.8.8.8']);
  for (const address of ['10.1.2.3', '192.168.0.5', 'fd12::1', '8.8.8.8']) {
    assert.equal(guard(address), 'allowed', address);
  }
  for (const address of ['10.2.0.1', '192.168.0.6', '127.0.0.1', '::1', 'fe80::1']) {
    assert.equal(guard(address), 'refused', address);
  }
  assert.equal(guard('1.1.1.1'), 'public');
});
