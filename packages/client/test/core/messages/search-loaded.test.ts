/** A search of what is on the device, beside what the server would find. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId, UserId } from '@parley/protocol';
import type { Message } from '../../../src/core/messages/message.ts';
import { searchLoaded } from '../../../src/core/messages/search-loaded.ts';
import { EMPTY_SNAPSHOT } from '../../../src/core/snapshot.ts';
import { openRoom } from '../../fakes/builders.ts';

const ANA = { userId: 'u-ana' as UserId, sender: 'ana' };
const BOB = { userId: 'u-bob' as UserId, sender: 'Bob' };
const GARDEN = 'r-garden' as RoomId;
const DIRECT = 'r-direct' as RoomId;
const NOON_MS = Date.UTC(2026, 10, 1, 12);

function roomWith(id: RoomId, name: string, messages: readonly Partial<Message>[]) {
  const room = openRoom(messages.map((_, index) => index + 1));
  const log = {
    ...room.log,
    messages: room.log.messages.map((message, index) => ({
      ...message,
      sentAtMs: NOON_MS + index,
      ...messages[index],
    })),
  };
  return [id, { ...room, id, name, log }] as const;
}

const SNAPSHOT = {
  ...EMPTY_SNAPSHOT,
  conversations: new Map([
    [DIRECT, { id: DIRECT, kind: 'direct' as const, name: 'Bob B.', person: undefined }],
  ]),
  rooms: new Map([
    roomWith(GARDEN, 'garden', [
      { ...ANA, content: 'Tulips and more tulips https://example.org' },
      { ...BOB, content: 'Café, then tulips among many other flowers of the garden' },
      { ...BOB, content: 'tulips, gone', isDeleted: true },
    ]),
    roomWith(DIRECT, 'direct', [
      { ...BOB, content: 'tulips of tomorrow', sentAtMs: NOON_MS + 86_400_000 },
      { ...ANA, content: '東京の天気' },
      { ...ANA, content: 'poll', attachments: [{ type: 'poll', option1: 'a', option2: 'b' }] },
      { ...ANA, content: 'file', attachments: ['https://example.org/a.png'] },
    ]),
  ]),
};

const found = (q: string, sort?: 'newest') =>
  searchLoaded(SNAPSHOT, { q, sort }, ANA).map(({ message }) => message.content.slice(0, 8));

describe('a search of loaded messages', () => {
  test('orders by the match, or by the time, and finds no deleted message', () => {
    assert.deepEqual(found('tulips'), ['Tulips a', 'tulips o', 'Café, th']);
    assert.deepEqual(found('tulips', 'newest'), ['tulips o', 'Café, th', 'Tulips a']);
    assert.deepEqual(searchLoaded(SNAPSHOT, { q: 'cafe' }, ANA)[0]?.highlights, [[0, 4]]);
    assert.deepEqual(found('天'), ['東京の天気']);
  });

  test('reads the operators', () => {
    assert.deepEqual(found('tulips from:@bob in:#garden'), ['Café, th']);
    assert.deepEqual(found('from:me has:LINK'), ['Tulips a']);
    assert.deepEqual(found('tulips -café in:garden'), ['Tulips a']);
    assert.deepEqual(found('tulips after:2026-11-02'), ['tulips o']);
    assert.deepEqual(found('in:"Bob B." 天 before:2026-11-02'), ['東京の天気']);
    assert.deepEqual(found('has:file'), ['file']);
  });

  test('finds nothing without anything to find, and for values that nothing has', () => {
    for (const q of [
      '',
      '-tulips',
      'tulips before:soon',
      'tulips has:wings',
      'tulips in:nowhere',
    ]) {
      assert.deepEqual(found(q), [], q);
    }
  });
});
