import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/client';
import type { RoomRow } from '../../src/rooms/room-rows.ts';
import { markedIndex, roomChoices, stepIndex } from '../../src/rooms/room-suggestions.ts';

interface Case {
  readonly title: string;
  /** Names in the list. */
  readonly rooms: readonly string[];
  readonly written: string;
  /** Choice selected with the arrow keys. */
  readonly chosen?: string;
  readonly offered: readonly string[];
  readonly marked: string | undefined;
}

const CASES: readonly Case[] = [
  {
    title: 'the first match before a new room',
    rooms: ['lobby', 'slobs'],
    written: 'lob',
    offered: ['r-lobby', 'r-slobs', 'create'],
    marked: 'r-lobby',
  },
  {
    title: 'the room of this very name, in any case and place',
    rooms: ['a lob', 'Lob'],
    written: ' lob ',
    offered: ['r-a lob', 'r-Lob'],
    marked: 'r-Lob',
  },
  {
    title: 'a new room where nothing matches',
    rooms: [],
    written: 'lob',
    offered: ['create'],
    marked: 'create',
  },
  {
    title: 'what the arrows came to',
    rooms: ['lobby'],
    written: 'lob',
    chosen: 'create',
    offered: ['r-lobby', 'create'],
    marked: 'create',
  },
  {
    title: 'the first again where that is gone',
    rooms: ['lobby'],
    written: 'lob',
    chosen: 'r-slobs',
    offered: ['r-lobby', 'create'],
    marked: 'r-lobby',
  },
  {
    title: 'nothing where nothing is written',
    rooms: ['lobby'],
    written: ' ',
    offered: ['r-lobby'],
    marked: undefined,
  },
  {
    title: 'a room by the arrows alone',
    rooms: ['lobby'],
    written: '',
    chosen: 'r-lobby',
    offered: ['r-lobby'],
    marked: 'r-lobby',
  },
];

describe('the room box', () => {
  for (const { title, rooms, written, chosen, offered, marked } of CASES) {
    test(`marks ${title}`, () => {
      const choices = roomChoices(rooms.map(rowOf), written);
      const index = markedIndex(choices, written, chosen);

      assert.deepEqual(
        choices.map(({ key }) => key),
        offered,
      );
      assert.equal(index === undefined ? undefined : choices[index]?.key, marked);
    });
  }

  test('wraps around at both ends, and enters the list at either end', () => {
    assert.deepEqual(
      (
        [
          [0, 1],
          [2, 1],
          [0, -1],
          [undefined, 1],
          [undefined, -1],
        ] as const
      ).map(([from, step]) => stepIndex(3, from, step)),
      [1, 0, 2, 0, 2],
    );
  });
});

function rowOf(name: string): RoomRow {
  const id = `r-${name}` as RoomId;
  return {
    id,
    name,
    memberTotal: 1,
    isOpen: false,
    isJoined: false,
    isMarkedUnread: false,
    workspaceId: undefined,
    isMuted: false,
    unreadCount: 0,
    mentionCount: 0,
  };
}
