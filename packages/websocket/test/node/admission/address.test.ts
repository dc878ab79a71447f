import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressKey,
  isAddressRange,
  matchAddresses,
  readAddress,
} from '../../../src/node/admission/address.ts';

test('an address is normalised from every form', () => {
  assert.equal(readAddress('192.0.2.1'), '192.0.2.1');
  assert.equal(readAddress(' 192.0.2.1:8080 '), '192.0.2.1');
  assert.equal(readAddress('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(readAddress('::ffff:c000:201'), '192.0.2.1');
  assert.equal(readAddress('2001:DB8:0::1'), '2001:db8::1');
  assert.equal(readAddress('[2001:db8::1]:443'), '2001:db8::1');
  assert.equal(readAddress('fe80::1%eth0'), 'fe80::1');
});

test('a text that is not an address gives undefined', () => {
  for (const text of [
    '',
    'unknown',
    '_hidden',
    '192.0.2',
    '192.0.2.256',
    '[',
    '[]:80',
    '1:2',
    '%',
  ]) {
    assert.equal(readAddress(text), undefined, text);
  }
});

test('IPv6 counts by its first 64 bits, however it is written; IPv4 as it is', () => {
  assert.equal(addressKey('192.0.2.1'), '192.0.2.1');
  assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(addressKey('::ffff:c000:201'), '192.0.2.1');
  assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(addressKey('2001:db8:1:2::9'), addressKey('2001:db8:1:2:ffff::'));
  assert.notEqual(addressKey('2001:db8:1:2::9'), addressKey('2001:db8:1:3::9'));
  assert.equal(addressKey('::1'), '0:0:0:0::/64');
  assert.equal(addressKey('2001:db8::'), '2001:db8:0:0::/64');
  assert.equal(addressKey('64:ff9b::192.0.2.1'), '64:ff9b:0:0::/64');
  assert.equal(addressKey('1::2:3:4:5:192.0.2.1'), '1:0:2:3::/64');
});

test('addresses and ranges are distinguished from other texts', () => {
  for (const range of ['10.0.0.0/8', '192.0.2.1', '::1', 'fc00::/7', '0.0.0.0/0']) {
    assert.equal(isAddressRange(range), true, range);
  }
  for (const range of [
    '',
    'proxy',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10/8',
    '10.0.0.0/8/8',
    7,
  ]) {
    assert.equal(isAddressRange(range), false, String(range));
  }
});

test('a list matches its addresses and ranges in both families, and nothing else', () => {
  const isListed = matchAddresses(['10.0.0.0/8', '192.0.2.1', 'fc00::/7', '::1']);

  for (const address of ['10.255.0.1', '192.0.2.1', 'fd00::1', '::1']) {
    assert.equal(isListed(address), true, address);
  }
  for (const address of ['11.0.0.1', '192.0.2.2', '2001:db8::1', '', 'proxy']) {
    assert.equal(isListed(address), false, address);
  }
  assert.equal(matchAddresses([])('10.0.0.1'), false);
});
