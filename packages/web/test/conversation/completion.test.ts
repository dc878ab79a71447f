import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatClient, RoomId, RoomListEntry, UserId } from '@parley/client';
import {
  completionQuery,
  EVERYONE,
  knownPeople,
  mentionChoices,
  roomChoices,
} from '../../src/conversation/completion.ts';

describe('completionQuery', () => {
  for (const [before, expected] of [
    ['hi @al', { kind: 'mention', start: 'al', from: 3 }],
    ['@', { kind: 'mention', start: '', from: 0 }],
    ['(@bo', { kind: 'mention', start: 'bo', from: 1 }],
    ['@José', { kind: 'mention', start: 'José', from: 0 }],
    ['@名', { kind: 'mention', start: '名', from: 0 }],
    ['> - *@bo', { kind: 'mention', start: 'bo', from: 5 }],
    ['`a @bo`', undefined],
    ['```\n@bo', undefined],
    ['mail a@bo', undefined],
    ['see #gen', { kind: 'room', start: 'gen', from: 4 }],
    ['# ', undefined],
    ['- #', { kind: 'room', start: '', from: 2 }],
    ['C#', undefined],
    ['`a #gen`', undefined],
    ['so :tad', { kind: 'emoji', start: 'tad', from: 3 }],
    ['at 10:30', undefined],
    [':)', undefined],
    [':D', undefined],
  ] as const) {
    test(`of ${JSON.stringify(before)}`, () => {
      assert.deepEqual(completionQuery(before), expected);
    });
  }
});

describe('mentionChoices', () => {
  const people = ['tobias', 'bob', 'bobby', 'alice'];
  const known = [...people.map((username) => ({ id: username, username })), ...EVERYONE];
  const found = [
    { id: 'z' as UserId, username: 'zoe', displayName: 'José Bo', isMember: false },
    { id: 'l' as UserId, username: 'u7', displayName: '名前', isMember: true },
  ];
  for (const [start, expected] of [
    ['BO', ['@bob', '@bobby', 'José Bo @zoe (not in this room)']],
    ['b', ['@bob', '@bobby', '@tobias', 'José Bo @zoe (not in this room)']],
    ['jose', ['José Bo @zoe (not in this room)']],
    ['José', ['José Bo @zoe (not in this room)']],
    ['名', ['名前 @u7']],
    ['every', ['@everyone']],
    ['her', ['@here']],
    // So that Enter sends.
    ['Alice', []],
  ] as const) {
    test(`of ${start}`, () => {
      const choices = mentionChoices(known, found, start, 8);
      const shown = choices.map(({ label, note }) => (note ? `${label} (${note})` : label));
      assert.deepEqual(shown, expected);
    });
  }

  test('without everyone in a room that leaves it to moderators', () => {
    const open = { kind: 'open', log: { messages: [] }, members: new Map() };
    const offered = (entry: object) => {
      const directory = { rooms: [{ id: '1', ...entry }] };
      const rooms = new Map([['1', open]]);
      const client = { getSnapshot: () => ({ directory, rooms, presence: new Map() }) };
      const user = { id: 'u' as UserId, username: 'u' };
      const place = { client: client as unknown as ChatClient, user, roomId: '1' as RoomId };
      return knownPeople(place).map(({ username }) => username);
    };
    assert.deepEqual(offered({}), ['everyone', 'here']);
    assert.deepEqual(offered({ mentioningAll: 'moderators' }), []);
    assert.deepEqual(offered({ mentioningAll: 'moderators', canModerate: true }), [
      'everyone',
      'here',
    ]);
  });

  test('of a person whom the page knows by username only', () => {
    const robot = { id: 'r' as UserId, username: 'r2', displayName: 'Robot', isBot: true } as const;
    const [choice] = mentionChoices([{ id: 'r', username: 'r2' }], [robot], 'rob', 8);

    assert.equal(choice?.label, 'Robot @r2');
    assert.deepEqual(choice.person, { id: 'r', name: 'Robot', isBot: true });
  });
});

describe('roomChoices', () => {
  const rooms = [
    { id: '1', kind: 'room', name: 'Release Notes', joined: true },
    { id: '2', kind: 'room', name: 'general' },
    { id: '3', kind: 'channel', name: 'gardening', joined: true },
    { id: '4', kind: 'direct', name: 'gert' },
    { id: '5', kind: 'room', name: 'games', archived: true },
  ] as unknown as readonly RoomListEntry[];
  const client = { getSnapshot: () => ({ directory: { rooms } }) } as unknown as ChatClient;
  const user = { id: 'u' as UserId, username: 'u' };
  const place = { client, user, roomId: '1' as RoomId };
  for (const [start, expected] of [
    ['g', ['#gardening', '#general']],
    ['notes', ['#release-notes']],
    ['General', []],
  ] as const) {
    test(`of ${start}`, () => {
      assert.deepEqual(
        roomChoices(place, start, 8).map(({ text }) => text),
        expected,
      );
    });
  }
});
