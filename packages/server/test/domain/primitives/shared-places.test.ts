/** Others always get a place: the share of a network and of a user, and slow uploads, give way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { SharedPlaces } from '../../../src/domain/primitives/shared-places.ts';

const ALL = 100;

function open() {
  let nowMs = 0;
  const places = new SharedPlaces(
    { noun: 'uploads', perUserMax: 3, atOnceMax: ALL },
    { nowMs: () => nowMs },
  );
  const stopped: string[] = [];
  const take = (userId: string, network: string, transferredBytes: () => number = () => 1) =>
    places.take(userId as UserId, {
      ...{ network, transferredBytes },
      stop: () => stopped.push(userId),
    });
  /** Places of users, of whom each has this many. */
  const fill = (name: string, network: string, perUser: number, count = ALL) => {
    for (let index = 0; index < count; index += 1) {
      take(`${name}${Math.floor(index / perUser)}`, network);
    }
    nowMs += 10_000;
  };
  return { take, stopped, fill, pass: (ms: number) => (nowMs += ms) };
}

test('newcomers take the places of those who have the most, and of the slowest of them', () => {
  for (const [perUser, network] of [
    [3, 'attackers'],
    [1, 'attackers'],
    [1, 'elsewhere'],
  ] as const) {
    const { take, stopped, fill } = open();
    fill('a', 'attackers', perUser);
    take('honest', network);
    assert.equal(stopped.length, 1);
  }

  const { take, stopped, fill, pass } = open();
  take('fast', 'attackers', () => 1_000_000);
  take('elsewhere', 'elsewhere', () => 0);
  fill('a', 'attackers', 1, ALL - 2);
  take('honest', 'attackers', () => 0);
  pass(1000);
  // Also of a network in which all are equal; the newest is not called slow.
  for (let count = 0; count < 20; count += 1) take(`b${count}`, 'third');
  assert.equal(stopped.length, 21);
  assert.ok(stopped.every((userId) => userId.startsWith('a')));
});

test('a user has three, and places that are given back are free', () => {
  const { take, stopped, fill } = open();
  const [first] = [1, 2, 3].map(() => take('user', 'network'));
  assert.throws(() => take('user', 'other'), { code: 'RATE_LIMITED' });
  first?.();
  take('user', 'network');
  fill('a', 'network', 1, ALL - 3);
  // The user with the most gets no place of others.
  assert.throws(() => take('user', 'network'), { code: 'RATE_LIMITED' });
  assert.deepEqual(stopped, []);
});
