/**
 * Fills a store with messages of many private rooms, as an import does. Words are as frequent as in
 * natural languages: the second half as often as the first, the third a third as often.
 */
import { randomUUIDv7 } from 'node:crypto';
import { DEFAULT_WORKSPACE_ID } from '../../packages/server/src/model/workspace.ts';
import type { ArchiveTarget, Cell } from '../../packages/server/src/ports/archive.ts';
import type { Person } from '../chat/test-bed.ts';
import { writerTo } from '../history/fill.ts';

/** Messages per write. */
const BATCH = 5_000;
const WORDS_PER_MESSAGE = 12;
const VOCABULARY = 50_000;
/** Milliseconds between two messages: a million in a year. */
const INTERVAL_MS = 31_000;

interface Rooms {
  readonly count: number;
  /** The first of them, which the searchers are members of. */
  readonly own: number;
}

/** The word of a rank, from 0, which is the most frequent one. */
export function wordOf(rank: number): string {
  return `w${rank.toString(36)}`;
}

/** @param searchers Have written the messages, too. Returns the ids of the rooms. */
export async function fillRooms(
  target: ArchiveTarget,
  searchers: readonly Person[],
  { rooms, messages }: { readonly rooms: Rooms; readonly messages: number },
): Promise<string[]> {
  const write = writerTo(target);
  const ids = Array.from({ length: rooms.count }, () => randomUUIDv7());
  const beganMs = Date.now() - messages * INTERVAL_MS;
  const endMs = Date.now();
  const perRoom = Math.ceil(messages / rooms.count);
  const owner = searchers[0]?.userId ?? '';
  await write(
    'rooms',
    ids.map((id, index) => [
      ...[id, DEFAULT_WORKSPACE_ID, 'room', `room ${index}`, id, 'private', beganMs, owner, 'log'],
      ...[perRoom, perRoom, endMs],
    ]),
  );
  const own = ids.slice(0, rooms.own);
  await write(
    'memberships',
    searchers.flatMap(({ userId }) => own.map((id) => [id, userId, 'member', beganMs])),
  );
  await write(
    'read_receipts',
    searchers.flatMap(({ userId }) => own.map((id) => [userId, id, endMs, perRoom, perRoom])),
  );
  for (let first = 0; first < perRoom * rooms.count; first += BATCH) {
    const length = Math.min(BATCH, perRoom * rooms.count - first);
    const rows = Array.from({ length }, (_, offset) => {
      const index = first + offset;
      const roomId = ids[index % rooms.count] ?? '';
      const sequence = 1 + Math.floor(index / rooms.count);
      // Each writes in each room.
      const author = searchers[sequence % searchers.length]?.userId ?? '';
      const createdAtMs = beganMs + index * INTERVAL_MS;
      return { id: randomUUIDv7(), roomId, author, sequence, createdAtMs };
    });
    await write(
      'messages',
      rows.map((row): Cell[] => [
        ...[row.id, row.roomId, row.author, textOf(), row.createdAtMs, row.sequence, null],
      ]),
    );
    await write(
      'room_events',
      rows.map((row): Cell[] => [
        ...[row.roomId, row.sequence, 'message', row.author, row.id, row.sequence],
        ...[row.createdAtMs, null],
      ]),
    );
  }
  await target.finish();
  return ids;
}

function textOf(): string {
  const words = Array.from({ length: WORDS_PER_MESSAGE }, () =>
    // The distribution of Zipf, nearly: ranks are equally frequent on a logarithmic scale.
    wordOf(Math.floor(VOCABULARY ** Math.random()) - 1),
  );
  return words.join(' ');
}
