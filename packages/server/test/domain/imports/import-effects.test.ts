/** Connected users see all of an import, in one order, and nothing of it as news. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import type { ExportedHistory, ExportedMessage } from '../../../src/imports/exported-history.ts';
import { importHistory } from '../../../src/imports/import-history.ts';
import type { HistoryImporter } from '../../../src/ports/history-importer.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness, plainHash } from '../../support/chat-harness.ts';
import { NOON_MS } from '../../support/records.ts';

const LATER = 250;

const messageOf = (index: number, over: Partial<ExportedMessage> = {}): ExportedMessage => ({
  ...{ key: `m${index}`, roomKey: 'R', authorKey: index % 3 === 0 ? 'C' : 'A' },
  ...{ atMs: NOON_MS - 100_000 + index, text: `old ${index} for @ben`, reactions: [], files: [] },
  ...over,
});

function historyOf(
  messages: readonly ExportedMessage[],
  over: Partial<ExportedHistory> = {},
): ExportedHistory {
  const room = { kind: 'room', isPrivate: false, isArchived: false } as const;
  return {
    origin: 'test',
    people: [
      { key: 'A', username: 'ana', displayName: 'Ana' },
      { key: 'B', username: 'ben', displayName: 'Ben' },
      // A former member.
      { key: 'C', username: 'cleo', displayName: 'Cleo' },
    ],
    rooms: [{ ...room, key: 'R', name: 'plans', memberKeys: ['A', 'B'] }],
    emoji: [],
    async *messages() {
      yield* messages;
    },
    openFile: async () => undefined,
    toMarkdown: (text) => text,
    leftOut: new Map(),
    close() {},
    ...over,
  };
}

/** The import itself without its thread. */
function importerOf(histories: ExportedHistory[]): HistoryImporter {
  return {
    isHere: async () => true,
    run: ({ operator }, platform) => {
      const [history = historyOf([])] = histories.splice(0, 1);
      const own = { secrets: systemCrypto, passwords: plainHash, clock: { nowMs: () => NOON_MS } };
      const { store, pace } = platform;
      const log = Object.assign(Object.create(store.log) as typeof store.log, {
        commit: (...given: Parameters<typeof store.log.commit>) =>
          pace(() => store.log.commit(...given)),
      });
      const paced = { ...platform, store: { ...store, log } };
      return importHistory({ ...own, ...paced, operator }, history);
    },
  };
}

async function runImport(on: ChatHarness, id: string): Promise<void> {
  await on.store.imports.insertImport({
    ...{ id, format: 'slack', path: `/${id}`, size: 1, digest: id, operator: 'root@x' },
    createdAtMs: on.clock.nowMs(),
  });
  for (let seconds = 0; seconds < 60; seconds += 1) {
    on.clock.advance(1000);
    await on.settle();
    if ((await on.store.imports.findImport(id))?.state === 'done') return;
  }
  assert.fail(JSON.stringify(await on.store.imports.findImport(id)));
}

async function textsOf(on: ChatHarness, roomId: RoomId): Promise<string[]> {
  const page = { roomId, before: undefined, after: 0, limit: 1000 };
  return (await on.store.log.readHistory(page)).messages.map(({ content }) => content);
}

test('an import adds to a room in which people write: one order, and only their messages are news', async () => {
  const first = [messageOf(1), messageOf(2)];
  const later = Array.from({ length: LATER }, (_, index) => messageOf(index + 3));
  const file = { name: 'a.txt', path: 'a' };
  const withFile = later.map((each, index) => (index === 150 ? { ...each, files: [file] } : each));
  let writeMeanwhile: () => Promise<unknown> = async () => {};
  const openFile = async () => {
    await writeMeanwhile();
    return undefined;
  };
  const all = [...first, ...withFile];
  const histories = [historyOf(first), historyOf(all, { openFile })];
  const harness = new ChatHarness({ historyImporter: importerOf(histories) });
  await harness.chat.begin();
  await runImport(harness, 'i1');
  const userOf = async (username: string) => {
    const found = await harness.store.accounts.findUser({ kind: 'username', username });
    assert(found !== undefined);
    return found;
  };
  const [ana, ben] = [
    await harness.connectUser(await userOf('ana')),
    await harness.connectUser(await userOf('ben')),
  ];
  const { room } = await ana.join('plans');
  assert.deepEqual(
    ben.welcomedWith.map(({ room: { name } }) => name),
    ['plans'],
  );

  let isAcknowledged = false;
  writeMeanwhile = async () => {
    const sending = ana.send('of today', { roomId: room.id }).then(() => {
      isAcknowledged = true;
    });
    harness.clock.advance(100);
    await harness.settle();
    await sending;
  };
  await runImport(harness, 'i2');
  await harness.settle();

  assert.ok(isAcknowledged);
  const texts = await textsOf(harness, room.id);
  assert.equal(texts.length, 3 + LATER);
  assert.equal(texts.filter((text) => text === 'of today').length, 1);
  assert.deepEqual(
    texts.filter((text) => text !== 'of today'),
    all.map(({ text }, index) => (index === 152 ? `${text}\na.txt` : text)),
  );
  // In the middle: what follows it was imported later.
  const place = texts.indexOf('of today');
  assert.ok(place >= 100 && place < 3 + LATER - 50, String(place));
  const { events } = await harness.store.log.readEvents(room.id, 0, 1000);
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, index) => index + 1),
  );

  // Ana has the room open, and fetches it again; until then, she has seen one order without gaps.
  const seen = ana.ofKind('logged').map(({ event }) => event.sequence);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(seen).size, seen.length);
  assert.equal(ana.ofKind('resync-required').length, 1);
  // For Ben, the message of today is unread, and what the log has behind it.
  const { members } = await harness.store.rooms.readUnread(room.id, [ben.connection.user.id]);
  const unread = members[0]?.unread;
  const sequenceOfToday = (
    await harness.store.log.readHistory({
      roomId: room.id,
      before: undefined,
      after: 0,
      limit: 1000,
    })
  ).messages.find(({ content }) => content === 'of today')?.sequence;
  assert.equal(unread?.firstSequence, sequenceOfToday);
  const activity = ben.ofKind('room-activity').at(-1);
  assert.equal(activity?.unreadCount, unread?.unreadCount);
  // Cleo, who had left, is no member afterwards.
  const cleo = await userOf('cleo');
  const found = await harness.store.rooms.findRoom({ kind: 'id', id: room.id }, cleo.id);
  assert.equal(found?.role, undefined);
  await harness.chat.close();
});

test('rooms of an import appear on connections of their members, and nothing is unread', async () => {
  const messages = [messageOf(1), { ...messageOf(2), key: 'd', roomKey: 'D', authorKey: 'A' }];
  const room = { isPrivate: true, isArchived: false } as const;
  const grown = historyOf(messages, {
    rooms: [
      { ...room, kind: 'room', key: 'R', name: 'plans', memberKeys: ['A', 'B'] },
      { ...room, kind: 'direct', key: 'D', name: '', memberKeys: ['A', 'B'] },
    ],
  });
  const empty = historyOf([], { rooms: [] });
  const harness = new ChatHarness({ historyImporter: importerOf([empty, grown]) });
  await harness.chat.begin();
  await runImport(harness, 'i1');
  const found = await harness.store.accounts.findUser({ kind: 'username', username: 'ben' });
  assert(found !== undefined);
  const ben = await harness.connectUser(found);
  assert.deepEqual(ben.welcomedWith, []);

  await runImport(harness, 'i2');
  await harness.settle();

  const counts = ben
    .ofKind('room-activity')
    .map(({ unreadCount, mentionCount }) => [unreadCount, mentionCount]);
  assert.ok(counts.length > 0);
  assert.deepEqual(new Set(counts.flat()), new Set([0]));
  assert.deepEqual(ben.messages, []);
  await harness.chat.close();
});
