import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '@parley/client';
import { browseStrings } from '../src/strings/browse.ts';
import { connectionStrings } from '../src/strings/connection.ts';
import { listStrings } from '../src/strings/list.ts';
import { readOnlyStrings } from '../src/strings/read-only.ts';
import { strings } from '../src/strings/strings.ts';

describe('texts', () => {
  for (const [people, expected] of [
    [[], ''],
    [['bob'], 'bob is typing'],
    [['bob', 'carol'], 'bob and carol are typing'],
    [['bob', 'carol', 'dave'], 'bob, carol and dave are typing'],
    [['bob', 'carol', 'dave', 'erin'], 'Several people are typing'],
  ] as const) {
    test(`${people.length} typists: "${expected}"`, () => {
      assert.equal(listStrings.typing(people), expected);
    });
  }

  test('uses singular and plural', () => {
    assert.equal(strings.rooms.mentions(1), '1 mention');
    assert.equal(strings.rooms.mentions(0), '0 mentions');
  });

  test('names three, then counts the others', () => {
    assert.equal(strings.conversation.joined(['a', 'b', 'c']), 'a, b and c joined');
    assert.equal(strings.conversation.joined(['a', 'b', 'c', 'd']), 'a, b and 2 others joined');
  });

  test('shows how many messages were missed, or that there are more', () => {
    assert.equal(connectionStrings.caughtUpWith(14, false), 'Caught up, 14 new.');
    assert.equal(connectionStrings.caughtUpWith(50, true), 'Caught up, 50+ new.');
  });

  test('shows the maximum length of a room name', () => {
    assert.match(
      browseStrings.refused,
      new RegExp(`at most ${LIMITS.roomNameLengthMax} characters`),
    );
  });

  test('has a reason for each way in which a room is closed', () => {
    for (const reason of ['LEFT', 'FORBIDDEN', 'NOT_FOUND', 'INTERNAL_ERROR'] as const) {
      assert.notEqual(readOnlyStrings.closed(reason), '');
    }
  });
});
