import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/client';
import {
  type FirstConversationInput,
  firstConversation,
} from '../../src/rooms/first-conversation.ts';
import type { PersonRow } from '../../src/rooms/people-rows.ts';
import type { RoomRow } from '../../src/rooms/room-rows.ts';

const room = (name: string, over: Partial<RoomRow> = {}): RoomRow => ({
  id: name as RoomId,
  name,
  memberTotal: 1,
  isOpen: false,
  isMarkedUnread: false,
  isMuted: false,
  isJoined: true,
  workspaceId: undefined,
  unreadCount: 0,
  mentionCount: 0,
  ...over,
});

const person = (name: string, unreadCount = 0): PersonRow => ({
  id: name as RoomId,
  name,
  kind: 'direct',
  person: undefined,
  status: 'online',
  lastActivityMs: 0,
  isMarkedUnread: false,
  isMuted: false,
  unreadCount,
  mentionCount: 0,
});

const opened = (over: Partial<FirstConversationInput>): string | undefined =>
  firstConversation({ people: [], rooms: [], lastId: undefined, ...over });

describe('the conversation that a login opens', () => {
  const lastId = 'ops' as RoomId;

  test('is the last one, also if others are unread', () => {
    const rooms = [room('lobby', { unreadCount: 2 }), room('ops')];

    assert.equal(opened({ rooms, lastId }), 'ops');
    assert.equal(opened({ rooms, people: [person('bob', 1)], lastId }), 'ops');
    assert.equal(opened({ rooms, people: [person('bob')], lastId: 'bob' as RoomId }), 'bob');
  });

  test('is never one that the user has left', () => {
    assert.equal(opened({ rooms: [room('ops', { isJoined: false })], lastId }), undefined);
    assert.equal(opened({ rooms: [room('lobby')], lastId }), undefined);
  });

  test('otherwise is the first unread one, people before rooms', () => {
    const rooms = [
      room('a'),
      room('b', { isJoined: false, unreadCount: 9 }),
      room('c', { unreadCount: 1 }),
    ];

    assert.equal(opened({ rooms, lastId }), 'c');
    assert.equal(opened({ rooms, people: [person('bob', 1)] }), 'bob');
    assert.equal(opened({ rooms: [room('a', { isMarkedUnread: true })] }), 'a');
  });

  test('is none if nothing is unread', () => {
    assert.equal(opened({ rooms: [room('a')], people: [person('bob')] }), undefined);
    assert.equal(opened({}), undefined);
  });
});
