import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import fc from 'fast-check';
import { repetitions } from '../../../../tests/support/repetitions.ts';
import type { LogCommand } from '../../src/model/log-command.ts';
import type { Message } from '../../src/model/message.ts';
import type { Room } from '../../src/model/room.ts';
import type { RoomEvent } from '../../src/model/room-event.ts';
import type { User } from '../../src/model/user.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  change,
  command,
  epochOf,
  NOON_MS,
  newRoomId,
  ownedBy,
  room,
  user,
  withLobby,
} from '../support/records.ts';

export function testRetention(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: retention`, () => {
    let store: Store;
    let log: EventLog;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      log = store.log;
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    /** Each event is a second after the previous one, starting at noon. */
    let secondsPast = 0;
    beforeEach(() => {
      secondsPast = 0;
    });
    const commit = async (wanted: LogCommand) => {
      const admittedAtMs = NOON_MS + secondsPast * 1000;
      secondsPast += 1;
      const [outcome] = await log.commit([{ ...wanted, admittedAtMs }]);
      return outcome;
    };
    const send = async (
      who: User,
      content: string,
      over: Partial<Parameters<typeof command>[0]> = {},
    ): Promise<MessageId> => {
      const sent = command({ roomId: lobby.id, userId: who.id, content, ...over });
      await commit(sent);
      return sent.messageId;
    };
    const about = (
      messageId: MessageId,
      what:
        | { readonly kind: 'pin' | 'unpin' | 'deletion' }
        | { readonly kind: 'reaction-added'; readonly emoji: string }
        | { readonly kind: 'edit'; readonly content: string },
    ) => {
      const by = { roomId: lobby.id, userId: alice.id, messageId };
      const mentions = { everyone: false, names: [] };
      return commit(
        change(what.kind === 'edit' ? { ...by, ...what, mentions } : { ...by, ...what }),
      );
    };
    /** Prunes up to this sequence, each command's time being that of its event. */
    const pruneUpTo = (sequence: number, eventsMax = 1000) =>
      log.deleteMessagesOlderThan(lobby.id, { beforeMs: NOON_MS + sequence * 1000, eventsMax });
    const history = async (
      over: { parentId?: MessageId; before?: number; limit?: number } = {},
    ) => {
      const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 50, ...over };
      const { messages, hasMore } = await log.readHistory(page);
      return { contents: contentsOf(messages), hasMore };
    };
    const readFrom = async (lastSequence: number, lastId?: MessageId) => {
      const position = { lastSequence, epoch: undefined, lastId };
      const read = {
        roomId: lobby.id,
        userId: alice.id,
        historyCount: 50,
        catchUpMax: 50,
        bytesMax: 1_000_000,
      };
      const state = await log.readRoom({ ...read, position });
      assert(state !== undefined);
      return state;
    };
    const ownRoom = async (who: User) => {
      const [listed] = await store.rooms.listRoomsOf(who.id, 1);
      assert(listed?.membership !== undefined);
      return { head: listed.head, ...listed.membership };
    };

    test('deletes older events only, and numbers continue', async () => {
      for (const content of ['1', '2', '3', '4']) await send(alice, content);

      const pruned = await pruneUpTo(2);
      await send(alice, '5');

      assert.deepEqual(pruned, { events: 2, messages: 2, hasMore: false });
      assert.deepEqual(await history(), { contents: ['3', '4', '5'], hasMore: false });
      const { head } = await ownRoom(alice);
      assert.deepEqual([head.sequence, head.ordinal, head.prunedOrdinal], [5, 5, 2]);
      assert.deepEqual(await pruneUpTo(2), { events: 0, messages: 0, hasMore: false });
    });

    test('deletes the changes of memberships between older events', async () => {
      const carol = user('carol');
      const query = { roomId: lobby.id, from: 0, to: undefined };
      const places = async () =>
        (await store.rooms.listMembershipChanges(query)).map(({ afterSequence }) => afterSequence);
      await store.accounts.insertUser(carol, 'hash');
      for (const content of ['1', '2', '3']) await send(alice, content);
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
      const before = await places();

      await pruneUpTo(2);
      const kept = await places();
      await pruneUpTo(3);

      assert.deepEqual(
        kept,
        before.filter((place) => place > 2),
      );
      assert.deepEqual([kept.length > 0, await places()], [true, []]);
    });

    test('deletes at most the given number of events in one step', async () => {
      for (const content of ['1', '2', '3', '4', '5']) await send(alice, content);

      const steps = [await pruneUpTo(4, 3), await pruneUpTo(4, 3), await pruneUpTo(4, 3)];

      assert.deepEqual(
        steps.map(({ events }) => events),
        [3, 1, 0],
      );
      assert.deepEqual((await history()).contents, ['5']);
    });

    test('ends the pages of a history at the first remaining message', async () => {
      for (const content of ['1', '2', '3', '4']) await send(alice, content);
      await pruneUpTo(2);

      assert.deepEqual(await history({ limit: 1 }), { contents: ['4'], hasMore: true });
      assert.deepEqual(await history({ limit: 1, before: 4 }), { contents: ['3'], hasMore: false });
      assert.deepEqual(await history({ before: 3 }), { contents: [], hasMore: false });
      assert.deepEqual(await history({ before: 1 }), { contents: [], hasMore: false });
    });

    test('lists where each log starts, in pages', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      await send(alice, '1');
      await send(alice, '2');
      await pruneUpTo(1);

      const first = await log.listLogStarts({ after: undefined, limit: 1 });
      const rest = await log.listLogStarts({ after: first[0]?.roomId, limit: 9 });

      const starts = [
        { roomId: lobby.id, oldestAtMs: NOON_MS + 1000 },
        { roomId: ops.id, oldestAtMs: undefined },
      ];
      const byId = (a: { roomId: string }, b: { roomId: string }) => (a.roomId < b.roomId ? -1 : 1);
      assert.deepEqual([...first, ...rest], starts.sort(byId));
    });

    test('continues a room of which nothing is left', async () => {
      await send(alice, '1');
      await send(alice, '2');
      const { epoch } = (await ownRoom(alice)).head;

      assert.deepEqual(await pruneUpTo(9), { events: 2, messages: 2, hasMore: false });

      assert.deepEqual(await history(), { contents: [], hasMore: false });
      const { head, unread } = await ownRoom(bob);
      assert.deepEqual([head.sequence, head.ordinal, head.epoch], [2, 2, epoch]);
      assert.equal(unread.unreadCount, 0);
      // It has messages: the room reaper does not collect it.
      assert.deepEqual((await store.rooms.listUnusedRooms()).rooms, []);
      assert.equal(await store.rooms.deleteUnusedRoom(lobby.id), false);
      await send(alice, '3');
      assert.deepEqual(await history(), { contents: ['3'], hasMore: false });
      assert.equal((await ownRoom(bob)).unread.firstSequence, 3);
    });

    test('counts the remaining messages above the position as unread', async () => {
      const mentions = { everyone: false, names: ['bob'] };
      for (const content of ['1', '2', '3', '4']) await send(alice, content, { mentions });
      await store.rooms.markRead(lobby.id, bob.id, { sequence: 1, atMs: NOON_MS });

      await pruneUpTo(3);
      const { unread } = await ownRoom(bob);
      const { members } = await store.rooms.readUnread(lobby.id, [bob.id]);

      assert.deepEqual([unread.unreadCount, unread.mentionCount, unread.firstSequence], [1, 1, 4]);
      assert.deepEqual(members, [{ userId: bob.id, unread }]);
    });

    test('lets a position move over deleted events, up to the head and never back', async () => {
      for (const content of ['1', '2', '3']) await send(alice, content);
      await pruneUpTo(2);
      const mark = (sequence: number) =>
        store.rooms.markRead(lobby.id, bob.id, { sequence, atMs: NOON_MS });

      const within = await mark(1);
      assert.equal(within?.position.sequence, 1);
      assert.equal((await ownRoom(bob)).unread.unreadCount, 1);
      await pruneUpTo(3);
      const beyond = await mark(9);
      const back = await mark(2);

      assert.deepEqual(beyond, {
        position: { sequence: 3, ordinal: 3 },
        messageId: undefined,
        hasMoved: true,
        readAtMs: NOON_MS,
      });
      assert.deepEqual(back, { ...beyond, hasMoved: false });
    });

    test('lets a new member start after the deleted events', async () => {
      await send(alice, '1');
      await pruneUpTo(1);
      const carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');

      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
      await send(alice, '2');

      assert.equal((await ownRoom(carol)).unread.unreadCount, 1);
    });

    test('makes a client reload that missed deleted events', async () => {
      const ids = [];
      for (const content of ['1', '2', '3', '4']) ids.push(await send(alice, content));
      await pruneUpTo(2);

      const below = await readFrom(1);
      const right = await readFrom(2);
      // A deleted message cannot prove that the log is the same.
      const unknown = await readFrom(2, ids[1]);

      assert.deepEqual(
        [below, right, unknown].map(({ truncated, history: all }) => [truncated, contentsOf(all)]),
        [
          [true, ['3', '4']],
          [false, ['3', '4']],
          [true, ['3', '4']],
        ],
      );
    });

    test('returns the first result to a repeated command', async () => {
      const sent = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' });
      await commit(sent);
      await pruneUpTo(1);

      const again = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' });
      const other = command({ ...again, content: 'other', clientMessageId: 'c1' });
      const outcomes = await log.commit([again, { ...other, fingerprint: 'another' }]);

      const { messageId } = sent;
      const [{ head } = { head: undefined }] = await log.readHeads([lobby.id]);
      assert.deepEqual(outcomes, [
        { kind: 'duplicate', epoch: head?.epoch, messageId, sequence: 1, createdAtMs: NOON_MS },
        { kind: 'rejected', code: 'CONFLICT', field: 'clientMessageId' },
      ]);
      assert.deepEqual((await history()).contents, []);
    });

    test('does not find a deleted message in any query', async () => {
      const gone = await send(alice, 'gone');
      await pruneUpTo(1);

      const rejected = { kind: 'rejected', code: 'NOT_FOUND', field: 'messageId' };
      assert.deepEqual(await about(gone, { kind: 'edit', content: 'x' }), rejected);
      assert.deepEqual(await about(gone, { kind: 'deletion' }), rejected);
      assert.deepEqual(await about(gone, { kind: 'pin' }), rejected);
      assert.deepEqual(await about(gone, { kind: 'reaction-added', emoji: '👍' }), rejected);
      assert.equal(await log.readMessage(lobby.id, gone), undefined);
      assert.equal(await log.findRoomOfMessage(gone), undefined);
    });

    test('deletes pinned messages too, and keeps changes of remaining ones', async () => {
      const pinned = await send(alice, 'pinned');
      const stays = await send(alice, 'stays');
      await about(pinned, { kind: 'pin' });
      await about(stays, { kind: 'edit', content: 'edited' });
      await about(stays, { kind: 'reaction-added', emoji: '👍' });
      await about(stays, { kind: 'pin' });

      await pruneUpTo(1);

      const { messages } = await log.readHistory({
        roomId: lobby.id,
        before: undefined,
        after: undefined,
        limit: 9,
      });
      assert.deepEqual(
        messages.map(({ id, content, isPinned, reactions }) => [id, content, isPinned, reactions]),
        [[stays, 'edited', true, [{ emoji: '👍', userIds: [alice.id], count: 1 }]]],
      );
    });

    test('returns changes of a deleted message as its deletion', async () => {
      const gone = await send(alice, 'gone');
      await about(gone, { kind: 'edit', content: 'secret' });
      await about(gone, { kind: 'reaction-added', emoji: '👍' });
      await about(gone, { kind: 'pin' });
      await pruneUpTo(1);

      const page = await log.readEvents(lobby.id, 1, 9);
      const { events, truncated } = await readFrom(1);

      const deletions = [2, 3, 4].map((sequence) => ['deletion', sequence, gone]);
      assert.equal(page.firstSequence, 2);
      assert.deepEqual(page.events.map(toPlain), deletions);
      assert.equal(truncated, false);
      assert.deepEqual(events.map(toPlain), deletions);
      assert.doesNotMatch(JSON.stringify(page), /secret/);
    });

    test('reports where the log starts in every query', async () => {
      for (const content of ['1', '2', '3']) await send(alice, content);
      await pruneUpTo(2);

      const below = await log.readEvents(lobby.id, 0, 9);
      assert.deepEqual([below.firstSequence, below.events.map(toPlain).length], [3, 1]);
      await pruneUpTo(3);

      const head = { sequence: 3, epoch: await epochOf(store, lobby.id, alice.id) };
      const page = await log.readEvents(lobby.id, 0, 9);
      assert.deepEqual(page, { head, firstSequence: 4, events: [] });
      const elsewhere = await log.readEvents(newRoomId(), 0, 9);
      assert.deepEqual(elsewhere, { head: undefined, firstSequence: 1, events: [] });
    });

    test('keeps replies to a deleted parent in their thread, which continues', async () => {
      const parent = await send(alice, 'parent');
      await send(bob, 'first', { parentId: parent });
      const second = await send(alice, 'second', { parentId: parent });
      await pruneUpTo(2);

      const third = await send(bob, 'third', { parentId: second });
      const batch = [
        command({ roomId: lobby.id, userId: bob.id, content: 'fourth', parentId: third }),
        command({ roomId: lobby.id, userId: bob.id, content: 'fifth', parentId: second }),
        command({ roomId: lobby.id, userId: bob.id, content: 'sixth', parentId: parent }),
      ];
      const outcomes = await log.commit(batch);

      assert.deepEqual(await history({ parentId: parent }), {
        contents: ['second', 'third', 'fourth', 'fifth'],
        hasMore: false,
      });
      assert.deepEqual((await log.readMessage(lobby.id, third))?.reply, {
        parentId: parent,
        number: 3,
      });
      const numbers = outcomes.map((outcome) =>
        outcome.kind === 'stored' && outcome.event.kind === 'message'
          ? outcome.event.message.reply?.number
          : outcome.kind,
      );
      assert.deepEqual(numbers, [4, 5, 'rejected']);
    });

    test('deletes nothing in a room that does not exist', async () => {
      const cut = { beforeMs: NOON_MS, eventsMax: 9 };

      assert.deepEqual(await log.deleteMessagesOlderThan(newRoomId(), cut), {
        events: 0,
        messages: 0,
        hasMore: false,
      });
    });

    test('leaves any room as if only the remaining events were queried', async () => {
      const steps = fc.array(fc.constantFrom('message', 'pin', 'edit', 'read', 'prune'), {
        minLength: 4,
        maxLength: 20,
      });
      await fc.assert(
        fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), async (wanted, numbers) => {
          const pick = (below: number): number => (numbers.next().value ?? 0) % below;
          lobby = room(`room-${newRoomId()}`);
          await store.rooms.createRoom(lobby, ownedBy(alice), NOON_MS);
          await store.rooms.addMember(lobby.id, bob.id, NOON_MS);
          secondsPast = 0;
          /** By sequence: the id of each message event. */
          const said: (MessageId | undefined)[] = [];
          let [first, readUpTo] = [1, 0];
          for (const step of wanted) {
            const target = said[first - 1 + pick(said.length - first + 2)];
            if (step === 'message') said.push(await send(alice, 'text'));
            else if (step === 'prune') {
              const upTo = pick(said.length + 1);
              const { events } = await pruneUpTo(upTo);
              assert.equal(events, Math.max(0, upTo - first + 1));
              first += events;
            } else if (step === 'read') {
              const sequence = pick(said.length + 1);
              await store.rooms.markRead(lobby.id, bob.id, { sequence, atMs: NOON_MS });
              readUpTo = Math.max(readUpTo, sequence);
            } else if (target !== undefined) {
              await about(target, step === 'pin' ? { kind: step } : { kind: 'edit', content: 'x' });
              said.push(undefined);
            }
          }

          const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 100 };
          const { messages } = await log.readHistory(page);
          const { firstSequence, events } = await log.readEvents(lobby.id, 0, 100);
          const { members } = await store.rooms.readUnread(lobby.id, [bob.id]);
          const left = said.flatMap((id, index) => (index + 1 < first || !id ? [] : [id]));
          const unread = left.filter((id) => said.indexOf(id) + 1 > readUpTo);
          assert.deepEqual(
            messages.map(({ id }) => id),
            left,
          );
          assert.equal(firstSequence, first);
          assert.deepEqual(
            events.map(({ sequence }) => sequence),
            said.flatMap((_, index) => (index + 1 < first ? [] : [index + 1])),
          );
          assert.equal(members[0]?.unread.unreadCount, unread.length);
        }),
        { numRuns: repetitions(15, 40) },
      );
    });
  });
}

function contentsOf(messages: readonly Message[]): string[] {
  return messages.map(({ content }) => content);
}

function toPlain(event: RoomEvent): readonly unknown[] {
  return [event.kind, event.sequence, 'messageId' in event ? event.messageId : undefined];
}
