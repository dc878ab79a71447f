/** Contract of every store for followed threads, and for replies in unread counts. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Mentions, MessageId } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import { UNREAD_REPLIES_MAX } from '../../src/model/thread.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  blockUser,
  change,
  command,
  commitMessage,
  createDirectRoom,
  NOON_MS,
  user,
  withLobby,
} from '../support/records.ts';

export function testThreads(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: threads`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let carol: User;
    let lobby: Room;
    let root: MessageId;
    /** Of the latest message. */
    let sequence: number;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
      carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
      sequence = 0;
      root = await send(alice);
      for (const each of [alice, bob, carol]) await read(each);
    });
    afterEach(() => store.close());

    const send = (who: User, over: Partial<Parameters<typeof command>[0]> = {}) => {
      sequence += 1;
      const base = { roomId: lobby.id, userId: who.id, admittedAtMs: NOON_MS + sequence };
      return commitMessage(store.log, { ...base, ...over });
    };
    const reply = (who: User, mentions: Partial<Mentions> = {}, parentId = root) =>
      send(who, { parentId, mentions: { everyone: false, names: [], ...mentions } });
    const remove = (who: User, messageId: MessageId) => {
      sequence += 1;
      const about = { roomId: lobby.id, userId: who.id, messageId };
      return store.log.commit([change({ kind: 'deletion', ...about })]);
    };
    const read = (who: User, upTo = sequence) =>
      store.rooms.markRead(lobby.id, who.id, { sequence: upTo, atMs: NOON_MS });
    const unread = async (who: User) => {
      const { members } = await store.rooms.readUnread(lobby.id, [who.id]);
      return [members[0]?.unread.unreadCount, members[0]?.unread.mentionCount];
    };
    const list = async (who: User) => {
      const rows = await store.threads.listFollowed(who.id, { after: undefined, limit: 9 });
      return rows.map(({ rootId, unreadCount }) => [rootId, unreadCount]);
    };
    const thread = () => ({ roomId: lobby.id, rootId: root });
    const follow = (who: User, isFollowed: boolean) => {
      const at = { number: 0, lastAtMs: NOON_MS };
      return store.threads.setFollowed(who.id, { ...thread(), isFollowed, ...at });
    };

    test('mark the room for those who take part, and for no others', async () => {
      await reply(bob);
      assert.deepEqual(
        [await unread(alice), await unread(bob)],
        [
          [1, 0],
          [0, 0],
        ],
      );
      assert.deepEqual(await unread(carol), [0, 0]);
      assert.deepEqual(await list(alice), [[root, 1]]);
      assert.deepEqual(await list(bob), [[root, 0]]);
      assert.deepEqual(await list(carol), []);

      await reply(alice);
      await send(alice);
      assert.deepEqual(
        [await unread(bob), await unread(carol)],
        [
          [2, 0],
          [1, 0],
        ],
      );
      // An author has read the thread.
      assert.deepEqual(await list(alice), [[root, 0]]);
    });

    test('mark the room for those who are mentioned, who follow then', async () => {
      await reply(bob, { names: ['carol'] });
      assert.deepEqual(await unread(carol), [1, 1]);
      assert.deepEqual(await list(carol), [[root, 1]]);

      await reply(bob);
      assert.deepEqual(await unread(carol), [2, 1]);
      await read(carol);
      assert.deepEqual(await unread(carol), [0, 0]);
      // The room was read, the thread was not.
      assert.deepEqual(await list(carol), [[root, 2]]);
    });

    test('count once for everyone if they mention everyone', async () => {
      await reply(bob, { everyone: true });
      assert.deepEqual(
        [await unread(alice), await unread(carol)],
        [
          [1, 1],
          [1, 1],
        ],
      );
      assert.deepEqual([await list(alice), await list(carol)], [[[root, 1]], []]);
    });

    test('count once for everyone if they are also messages of the room', async () => {
      const parentId = root;
      const id = await send(bob, { parentId, alsoToRoom: true });
      assert.deepEqual(
        [await unread(alice), await unread(bob), await unread(carol)],
        [
          [1, 0],
          [0, 0],
          [1, 0],
        ],
      );
      assert.deepEqual([await list(alice), await list(carol)], [[[root, 1]], []]);
      const place = { parentId, number: 1, alsoToRoom: true };
      const about = { roomId: lobby.id, before: undefined, after: sequence - 1, limit: 1 };
      const { messages } = await store.log.readHistory(about);
      assert.deepEqual(messages[0]?.reply, place);
      assert.deepEqual((await store.log.readMessage(lobby.id, id))?.reply, place);

      await remove(bob, id);
      assert.deepEqual(
        [await unread(alice), await unread(carol)],
        [
          [0, 0],
          [0, 0],
        ],
      );
      assert.deepEqual(await list(alice), [[root, 0]]);
    });

    test('are read in the thread without the room, up to a sequence', async () => {
      await reply(bob);
      await reply(bob);
      const to = { ...thread(), sequence: sequence - 1, number: 1 };
      await store.threads.markThreadRead(alice.id, to);
      assert.deepEqual([await unread(alice), await list(alice)], [[1, 0], [[root, 1]]]);
      assert.equal(await store.threads.countUnreadThreads(alice.id), 1);

      await store.threads.markThreadRead(alice.id, { ...to, sequence, number: 2 });
      assert.deepEqual([await unread(alice), await list(alice)], [[0, 0], [[root, 0]]]);
      assert.equal(await store.threads.countUnreadThreads(alice.id), 0);
    });

    test('are followed and not followed by choice, which a mention does not change', async () => {
      assert.equal(await follow(carol, true), true);
      await reply(bob);
      assert.deepEqual(await unread(carol), [1, 0]);

      await follow(carol, false);
      assert.deepEqual([await unread(carol), await list(carol)], [[0, 0], []]);
      await reply(bob);
      await reply(bob, { names: ['carol'] });
      assert.deepEqual([await unread(carol), await list(carol)], [[1, 1], []]);
      assert.equal(await store.threads.countUnreadThreads(carol.id), 0);

      await reply(carol);
      assert.deepEqual(await list(carol), [[root, 0]]);
      const outsider = user('outsider');
      await store.accounts.insertUser(outsider, 'hash');
      assert.equal(await follow(outsider, true), false);
    });

    test('a thread that the author does not follow stays so', async () => {
      await follow(alice, false);
      await reply(bob);
      assert.deepEqual([await unread(alice), await list(alice)], [[0, 0], []]);
    });

    test('do not count when they are deleted, in the room and in the thread', async () => {
      const first = await reply(bob);
      const second = await reply(bob);
      await remove(bob, first);
      await remove(bob, first);
      assert.deepEqual([await unread(alice), await list(alice)], [[1, 0], [[root, 1]]]);
      assert.deepEqual(await unread(carol), [0, 0]);

      await remove(bob, second);
      assert.deepEqual([await unread(alice), await list(alice)], [[0, 0], [[root, 0]]]);
      assert.equal(await store.threads.countUnreadThreads(alice.id), 0);
      await send(bob);
      assert.deepEqual(
        [await unread(alice), await unread(carol)],
        [
          [1, 0],
          [1, 0],
        ],
      );
    });

    test('of blocked authors are not unread', async () => {
      await blockUser(store, alice.id, bob.id, NOON_MS);
      await reply(bob);
      assert.deepEqual([await unread(alice), await list(alice)], [[0, 0], [[root, 0]]]);
    });

    test('mark the direct room of two for both', async () => {
      const direct = await createDirectRoom(store, [alice, bob]);
      const about = { roomId: direct.id, parentId: undefined };
      const first = await send(alice, about);
      await send(alice, { ...about, parentId: first });
      const { members } = await store.rooms.readUnread(direct.id, [alice.id, bob.id]);
      assert.deepEqual(
        members.map((each) => each.unread.unreadCount),
        [0, 2],
      );
    });

    test('are counted up to a maximum until the thread is read', async () => {
      const base = { roomId: lobby.id, userId: bob.id, parentId: root };
      const replies = Array.from({ length: UNREAD_REPLIES_MAX + 5 }, () => command(base));
      await store.log.commit(replies);
      assert.deepEqual(await list(alice), [[root, UNREAD_REPLIES_MAX]]);
      sequence += replies.length;
      const to = { ...thread(), sequence, number: replies.length };
      await store.threads.markThreadRead(alice.id, to);
      await reply(bob);
      assert.deepEqual(await list(alice), [[root, 1]]);
    });

    test('are no more than the maximum for those who mark none of them as read', async () => {
      const base = { roomId: lobby.id, userId: bob.id, parentId: root };
      const replies = Array.from({ length: UNREAD_REPLIES_MAX }, () => command(base));
      await store.log.commit(replies);
      const to = { ...thread(), sequence, number: replies.length };
      sequence += replies.length;
      await store.threads.markThreadRead(alice.id, to);
      await reply(bob);
      assert.deepEqual(await unread(alice), [UNREAD_REPLIES_MAX, 0]);
    });

    test('mark the room beyond the maximum for those who are mentioned', async () => {
      const base = { roomId: lobby.id, userId: bob.id, parentId: root };
      const replies = Array.from({ length: UNREAD_REPLIES_MAX + 5 }, () => command(base));
      await follow(alice, false);
      await store.log.commit(replies);
      sequence += replies.length;
      await reply(bob, { names: ['alice'] });
      assert.deepEqual(await unread(alice), [1, 1]);
    });

    test('are unread for those who follow again after many replies', async () => {
      const base = { roomId: lobby.id, userId: bob.id, parentId: root };
      const replies = Array.from({ length: UNREAD_REPLIES_MAX + 5 }, () => command(base));
      await follow(alice, false);
      await store.log.commit(replies);
      sequence += replies.length;
      const at = { number: replies.length, lastAtMs: NOON_MS };
      await store.threads.setFollowed(alice.id, { ...thread(), isFollowed: true, ...at });
      await reply(bob);
      assert.deepEqual([await unread(alice), await list(alice)], [[1, 0], [[root, 1]]]);
    });

    test('are unread after many that were marked as read with the room', async () => {
      const base = { roomId: lobby.id, userId: bob.id, parentId: root };
      const replies = Array.from({ length: UNREAD_REPLIES_MAX + 5 }, () => command(base));
      await store.log.commit(replies);
      sequence += replies.length;
      await store.threads.markThreadsRead(lobby.id, [alice.id], { from: 1, upTo: sequence });
      await reply(bob);
      assert.deepEqual(await list(alice), [[root, 1]]);
    });

    test('stay unread if only those around them were marked as read', async () => {
      const unreadReplies = [await reply(bob), await reply(bob), await reply(bob)];
      const middle = sequence - 1;
      for (const each of [middle - 1, middle + 1]) {
        await store.threads.markThreadsRead(lobby.id, [alice.id], { from: each, upTo: each });
      }
      assert.equal(unreadReplies.length, 3);
      assert.deepEqual(await list(alice), [[root, 1]]);
      await reply(bob);
      assert.deepEqual(await list(alice), [[root, 2]]);
    });

    test('are listed with unread ones first, then the latest reply first, in pages', async () => {
      const other = await send(bob);
      await reply(alice, {}, other);
      await reply(bob);
      await reply(bob, {}, other);
      const read = { roomId: lobby.id, rootId: other, sequence, number: 2 };
      await store.threads.markThreadRead(alice.id, read);
      assert.deepEqual(await list(alice), [
        [root, 1],
        [other, 0],
      ]);
      const after = { hasUnread: true, atMs: NOON_MS + sequence - 1, id: root };
      const [next] = await store.threads.listFollowed(alice.id, { after, limit: 1 });
      assert.deepEqual(next, {
        ...{ roomId: lobby.id, rootId: other, lastAtMs: NOON_MS + sequence },
        ...{ hasUnread: false, unreadCount: 0 },
      });
      const ids = [alice.id, carol.id];
      const states = await store.threads.readThreadStates(thread(), ids);
      assert.deepEqual(states, [
        { userId: alice.id, isFollowing: true, unreadCount: 1, unreadThreads: 1 },
      ]);
      const mark = (from: number, upTo: number) =>
        store.threads.markThreadsRead(lobby.id, [alice.id], { from, upTo });
      await mark(1, 1);
      await mark(sequence + 1, sequence + 9);
      assert.equal(await store.threads.countUnreadThreads(alice.id), 1);
      await mark(1, sequence);
      assert.equal(await store.threads.countUnreadThreads(alice.id), 0);
      await store.threads.deleteThreads(alice.id, [thread()]);
      assert.deepEqual(await list(alice), [[other, 0]]);
    });

    test('end with the membership, and with what retention deletes', async () => {
      await reply(bob);
      const end = { kind: 'access-lost', subjectId: alice.id, reason: 'left' } as const;
      await store.log.commit([change({ ...end, roomId: lobby.id, userId: alice.id })]);
      assert.deepEqual(await list(alice), []);

      await reply(carol);
      assert.deepEqual(await list(bob), [[root, 1]]);
      const old = { beforeMs: NOON_MS + 1000, eventsMax: 100 };
      await store.log.deleteMessagesOlderThan(lobby.id, old);
      assert.deepEqual([await list(bob), await unread(bob)], [[[root, 0]], [0, 0]]);
      assert.equal(await store.threads.countUnreadThreads(bob.id), 0);
    });
  });
}
