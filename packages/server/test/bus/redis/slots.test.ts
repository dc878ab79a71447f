import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oneChannelEach, serversBySlot, slotOf } from '../../../src/bus/redis/slots.ts';

describe('the slot of a name', () => {
  for (const [name, slot] of [
    ['123456789', 12_739], // Given in the specification.
    ['foo', 12_182],
    ['größe', 9_425],
    ['{user1000}.following', slotOf('user1000')],
    ['foo{{bar}}zap', slotOf('{bar')],
    ['foo{bar}{zap}', slotOf('bar')],
  ] as const) {
    test(`is ${slot} for '${name}'`, () => {
      assert.equal(slotOf(name), slot);
    });
  }

  test('is that of the whole name if the braces are empty', () => {
    assert.notEqual(slotOf('foo{}{bar}'), slotOf('bar'));
    assert.notEqual(slotOf('foo{}{bar}'), slotOf(''));
  });
});

describe('a channel for each server', () => {
  const [one, other] = [{ name: 'one' }, { name: 'other' }];
  const servers = new Map([
    ['redis://one', one],
    ['redis://other', other],
  ]);

  test('is found even for a server with one slot', () => {
    const bySlot = serversBySlot(
      [
        { from: 0, to: 9999, url: 'redis://one' },
        { from: 10_000, to: 10_000, url: 'redis://other' },
        { from: 10_001, to: 16_383, url: 'redis://one' },
      ],
      servers,
    );

    const channels = oneChannelEach('probe', bySlot);

    assert.deepEqual(new Set(channels.map((name) => bySlot[slotOf(name)])), new Set([one, other]));
    assert.equal(channels.length, 2);
  });

  test('is only one if the braces of the prefix place all channels on one server', () => {
    const bySlot = serversBySlot(
      [
        { from: 0, to: 8191, url: 'redis://one' },
        { from: 8192, to: 16_383, url: 'redis://other' },
      ],
      servers,
    );
    assert.deepEqual(oneChannelEach('{probe}', bySlot), ['{probe}:0']);
  });
});
