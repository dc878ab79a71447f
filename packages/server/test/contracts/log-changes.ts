import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LIMITS, type MessageId } from '@parley/protocol';
import type { CommitResult } from '../../src/model/commit-outcome.ts';
import type { LogCommand } from '../../src/model/log-command.ts';
import type { Message } from '../../src/model/message.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  change,
  command,
  commitMessage,
  epochOf,
  NOON_MS,
  newRoomId,
  ownedBy,
  room,
  user,
  withLobby,
} from '../support/records.ts';

export function testLogChanges(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: changes of messages in the log`, () => {
    let store: Store;
    let log: EventLog;
    let alice: User;
    let bob: User;
    let lobby: Room;
    let hello: MessageId;
    beforeEach(async () => {
      store = await openEmpty();
      log = store.log;
      ({ alice, bob, lobby } = await withLobby(store));
      hello = await send(bob, 'hello');
    });
    afterEach(() => store.close());

    const by = (who: User) => ({ roomId: lobby.id, userId: who.id });
    const send = (who: User, content: string, over: Partial<Parameters<typeof command>[0]> = {}) =>
      commitMessage(log, { ...by(who), content, ...over });
    const edit = (who: User, messageId: MessageId, content: string) =>
      change({ ...by(who), kind: 'edit', messageId, content, mentions: nobody });
    const about = (
      kind: 'deletion' | 'pin' | 'unpin',
      who: User,
      messageId = hello,
      over: { clientMessageId?: string } = {},
    ): LogCommand => change({ ...by(who), kind, messageId }, over);
    const react = (
      kind: 'reaction-added' | 'reaction-removed',
      who: User,
      emoji: string,
      messageId = hello,
    ): LogCommand => change({ ...by(who), kind, messageId, emoji });
    const one = async (wanted: LogCommand): Promise<CommitResult> => {
      const [outcome] = await log.commit([wanted]);
      assert(outcome !== undefined);
      return outcome;
    };
    const now = async (messageId = hello): Promise<Message> => {
      const found = await log.readMessage(lobby.id, messageId);
      assert(found !== undefined);
      return found;
    };
    const catchUp = async (lastSequence: number) => {
      const position = { lastSequence, epoch: undefined, lastId: undefined };
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

    test('an edit gets the next sequence but no ordinal, and changes the message', async () => {
      const outcome = await one({ ...edit(bob, hello, 'good bye'), admittedAtMs: NOON_MS + 5 });

      assert(outcome.kind === 'stored');
      assert.deepEqual(outcome.event, {
        roomId: lobby.id,
        epoch: await epochOf(store, lobby.id, bob.id),
        sequence: 2,
        ordinal: 1,
        actorId: bob.id,
        createdAtMs: NOON_MS + 5,
        kind: 'edit',
        messageId: hello,
        content: 'good bye',
        editedAtMs: NOON_MS + 5,
      });
      const { content, editedAtMs, sequence } = await now();
      assert.deepEqual([content, editedAtMs, sequence], ['good bye', NOON_MS + 5, 1]);
    });

    test('a deletion leaves a tombstone without content', async () => {
      await log.commit([react('reaction-added', alice, '👍'), about('pin', alice)]);
      await one(edit(bob, hello, 'edited'));

      await one(about('deletion', bob));

      const { content, isDeleted, isPinned, reactions, editedAtMs, sequence } = await now();
      assert.deepEqual(
        [content, isDeleted, isPinned, reactions, editedAtMs, sequence],
        ['', true, false, [], undefined, 1],
      );
      const { messages } = await log.readHistory({
        roomId: lobby.id,
        before: undefined,
        after: undefined,
        limit: 9,
      });
      assert.deepEqual(messages, [await now()]);
    });

    test('a reaction counts a user once per emoji until it is removed', async () => {
      await log.commit([
        react('reaction-added', bob, '👍'),
        react('reaction-added', alice, '👍'),
        react('reaction-added', alice, 'B'),
      ]);
      const again = await one(react('reaction-added', bob, '👍'));

      assert.equal(again.kind === 'stored' && again.event.sequence, 5);
      assert.deepEqual((await now()).reactions, [
        { emoji: 'B', userIds: [alice.id], count: 1 },
        { emoji: '👍', userIds: [bob.id, alice.id], count: 2 },
      ]);
      const outcome = await one(react('reaction-removed', bob, '👍'));
      await one(react('reaction-removed', alice, 'B'));

      assert(outcome.kind === 'stored' && outcome.event.kind === 'reaction-removed');
      assert.deepEqual([outcome.event.emoji, outcome.event.count], ['👍', 1]);
      assert.deepEqual((await now()).reactions, [{ emoji: '👍', userIds: [alice.id], count: 1 }]);
    });

    test('lists reactions in the order in which clients keep them', async () => {
      const emojis = ['✌️', '✌🏽', '👍'];
      for (const emoji of emojis) await one(react('reaction-added', bob, emoji));

      assert.deepEqual(
        (await now()).reactions.map(({ emoji }) => emoji),
        emojis.toSorted((a, b) => (a < b ? -1 : 1)),
      );
    });

    test('lists at most the limit of users of one reaction, and counts them all', async () => {
      const people = Array.from({ length: LIMITS.reactionUsersListed + 1 }, (_, index) =>
        user(`p${index}`),
      );
      for (const person of people) {
        await store.accounts.insertUser(person, 'hash');
        await store.rooms.addMember(lobby.id, person.id, NOON_MS);
      }

      await log.commit(people.map((person) => react('reaction-added', person, '👍')));

      const [reaction] = (await now()).reactions;
      assert.equal(reaction?.count, people.length);
      assert.deepEqual(
        reaction?.userIds,
        people.slice(0, -1).map(({ id }) => id),
      );
    });

    test('rejects a new emoji above the limit per message, but accepts an existing one', async () => {
      const many = Array.from({ length: LIMITS.reactionsPerMessageMax }, (_, index) => `e${index}`);
      await log.commit(many.map((emoji) => react('reaction-added', bob, emoji)));

      assert.deepEqual(await one(react('reaction-added', bob, 'new')), {
        kind: 'rejected',
        code: 'CONFLICT',
        field: 'emoji',
      });
      assert.equal((await one(react('reaction-added', alice, 'e0'))).kind, 'stored');
    });

    test('a pin stays until it is removed', async () => {
      await one(about('pin', alice));
      assert.equal((await now()).isPinned, true);

      await one(about('unpin', bob));

      assert.equal((await now()).isPinned, false);
    });

    test('only the author can edit; the author and moderators can delete', async () => {
      const forbidden = { kind: 'rejected', code: 'FORBIDDEN' };
      const ofAlice = await send(alice, 'mine');

      assert.deepEqual(await one(edit(alice, hello, 'x')), forbidden);
      assert.deepEqual(await one(about('deletion', bob, ofAlice)), forbidden);
      assert.equal((await one(about('deletion', alice))).kind, 'stored'); // She owns the room.
    });

    test('rejects changes of a message that does not exist, is in another room or is deleted', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(bob), NOON_MS);
      const elsewhere = command({ roomId: ops.id, userId: bob.id });
      await log.commit([elsewhere]);
      const deleted = await send(bob, 'gone');
      await one(about('deletion', bob, deleted));

      for (const messageId of ['nothing' as MessageId, elsewhere.messageId, deleted]) {
        const outcomes = await log.commit([
          edit(bob, messageId, 'x'),
          react('reaction-added', bob, '👍', messageId),
          react('reaction-removed', bob, '👍', messageId),
          about('pin', bob, messageId),
        ]);
        for (const outcome of outcomes) {
          assert.deepEqual(outcome, { kind: 'rejected', code: 'NOT_FOUND', field: 'messageId' });
        }
      }
      // A command that changes nothing is still an event.
      assert.equal((await one(about('deletion', bob, deleted))).kind, 'stored');
    });

    test('hides a private room from users who are not members', async () => {
      const hidden = room('hidden', { visibility: 'private' });
      await store.rooms.createRoom(hidden, ownedBy(alice), NOON_MS);

      const outcome = await one(command({ roomId: hidden.id, userId: bob.id }));

      assert.deepEqual(outcome, { kind: 'rejected', code: 'NOT_FOUND' });
    });

    test('repeats the first result of a repeated change, even after the message is deleted', async () => {
      const first = await one(about('pin', alice, hello, { clientMessageId: 'c1' }));
      await one(about('deletion', bob));

      const again = await one(about('pin', alice, hello, { clientMessageId: 'c1' }));
      const other = await one(about('unpin', alice, hello, { clientMessageId: 'c1' }));

      assert(first.kind === 'stored');
      const { epoch, sequence, createdAtMs } = first.event;
      const stored = { epoch, messageId: hello, sequence, createdAtMs };
      assert.deepEqual(again, { kind: 'duplicate', ...stored });
      assert.deepEqual(other, { kind: 'rejected', code: 'CONFLICT', field: 'clientMessageId' });
    });

    test('a reply gets the next number in the thread, also a reply to a reply', async () => {
      const first = await send(alice, 'first', { parentId: hello });
      const second = await send(bob, 'second', { parentId: first });
      await send(alice, 'beside');

      assert.deepEqual((await now(first)).reply, { parentId: hello, number: 1 });
      assert.deepEqual((await now(second)).reply, { parentId: hello, number: 2 });
      assert.equal((await now()).replyCount, 2);
      const thread = { roomId: lobby.id, parentId: hello, before: undefined, after: undefined };
      const all = await log.readHistory({ ...thread, limit: 2 });
      const latest = await log.readHistory({ ...thread, limit: 1 });
      assert.deepEqual(
        all.messages.map(({ content }) => content),
        ['first', 'second'],
      );
      assert.deepEqual([all.hasMore, latest.hasMore], [false, true]);
      assert.deepEqual(latest.messages[0]?.content, 'second');
    });

    test('accepts a reply to a deleted message, which stays a tombstone', async () => {
      await one(about('deletion', bob));

      const reply = await send(alice, 'too late to know', { parentId: hello });

      assert.deepEqual((await now(reply)).reply, { parentId: hello, number: 1 });
      const { isDeleted, content, replyCount } = await now();
      assert.deepEqual([isDeleted, content, replyCount], [true, '', 1]);
    });

    test('rejects a reply to a missing message, and stores nothing', async () => {
      const outcome = await one(command({ ...by(alice), parentId: 'nothing' as MessageId }));

      assert.deepEqual(outcome, { kind: 'rejected', code: 'NOT_FOUND', field: 'parentMessageId' });
      assert.equal((await catchUp(0)).head.sequence, 1);
    });

    test('returns missed messages in their current state, and changes of older ones', async () => {
      const missed = await send(alice, 'missed');
      await log.commit([
        edit(alice, missed, 'missed, edited'),
        edit(bob, hello, 'old, edited'),
        react('reaction-added', alice, '👍', missed),
        react('reaction-added', alice, '👍'),
      ]);

      const state = await catchUp(1);

      assert.deepEqual(
        state.history.map(({ content, reactions }) => [content, reactions.length]),
        [['missed, edited', 1]],
      );
      assert.deepEqual(
        state.events.map((event) => [event.kind, event.sequence]),
        [
          ['edit', 4],
          ['reaction-added', 6],
        ],
      );
    });

    test('returns an edit of a message that was deleted later as its deletion, without the text', async () => {
      await one(edit(bob, hello, 'secret'));
      await one(about('deletion', bob));

      const { events } = await catchUp(1);
      const { events: all } = await log.readEvents(lobby.id, 0, 9);

      assert.deepEqual(
        events.map(({ kind, sequence }) => [kind, sequence]),
        [
          ['deletion', 2],
          ['deletion', 3],
        ],
      );
      assert.deepEqual(
        all.map(({ kind, sequence }) => [kind, sequence]),
        [
          ['message', 1],
          ['deletion', 2],
          ['deletion', 3],
        ],
      );
      assert.doesNotMatch(JSON.stringify(all), /secret|hello/);
    });

    test('reads an event exactly as the commit returned it', async () => {
      const outcomes = await log.commit([
        command({ ...by(alice), content: 'more', parentId: hello }),
        edit(bob, hello, 'hello!'),
        react('reaction-added', alice, '👍'),
        about('pin', bob),
        about('unpin', bob),
        react('reaction-added', bob, 'B'),
      ]);

      const told = outcomes.map((outcome) => outcome.kind === 'stored' && outcome.event);
      assert.deepEqual((await log.readEvents(lobby.id, 1, 9)).events, told);
    });

    test('does not find a message of another room', async () => {
      assert.equal(await log.readMessage(newRoomId(), hello), undefined);
    });

    test('finds the room of a message', async () => {
      const unknown = newRoomId() as string as MessageId;

      assert.equal(await log.findRoomOfMessage(hello), lobby.id);
      assert.equal(await log.findRoomOfMessage(unknown), undefined);
    });
  });
}

const nobody = { everyone: false, names: [] };
