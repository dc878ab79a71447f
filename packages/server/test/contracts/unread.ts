import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LIMITS, type Mentions, type MessageId } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import type { Unread } from '../../src/model/unread.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  blockUser,
  change,
  command,
  commitMessage,
  NOON_MS,
  newRoomId,
  user,
  withLobby,
} from '../support/records.ts';

export function testUnread(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: unread messages`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const send = (who: User, mentions: Partial<Mentions> = {}): Promise<MessageId> =>
      commitMessage(store.log, {
        roomId: lobby.id,
        userId: who.id,
        mentions: { everyone: false, names: [], ...mentions },
      });
    const about = (kind: 'pin' | 'deletion', who: User, messageId: MessageId) =>
      store.log.commit([change({ kind, roomId: lobby.id, userId: who.id, messageId })]);
    const read = (who: User, sequence: number) =>
      store.rooms.markRead(lobby.id, who.id, { sequence, atMs: NOON_MS });
    const unread = async (who: User): Promise<Unread | undefined> =>
      (await store.rooms.listRoomsOf(who.id, 1))[0]?.membership?.unread;
    const none = {
      unreadCount: 0,
      mentionCount: 0,
      firstSequence: undefined,
      isMarkedUnread: false,
    };

    test('counts messages of others, but not changes of messages', async () => {
      const first = await send(alice);
      await about('pin', alice, first);
      await send(alice);

      assert.deepEqual(await unread(bob), { ...none, unreadCount: 2, firstSequence: 1 });
      assert.deepEqual(await unread(alice), none);
    });

    test('begins for a new member where the membership says, else at the end', async () => {
      const [carol, dave] = [user('carol'), user('dave')];
      for (const each of [carol, dave]) await store.accounts.insertUser(each, 'hash');
      await send(alice);
      const second = await send(alice);
      await about('pin', alice, second);
      await send(alice);

      const { rooms } = store;
      await rooms.addMember(lobby.id, carol.id, NOON_MS, alice.id, { sequence: 1, ordinal: 1 });
      await rooms.addMember(lobby.id, dave.id, NOON_MS, alice.id);

      assert.deepEqual(await unread(carol), { ...none, unreadCount: 2, firstSequence: 2 });
      assert.deepEqual(await unread(dave), none);
      // A member keeps the position.
      await rooms.addMember(lobby.id, dave.id, NOON_MS, alice.id, { sequence: 1, ordinal: 1 });
      assert.deepEqual(await unread(dave), none);
      const mentions = { everyone: false, names: ['carol'] };
      const edit = { kind: 'edit', roomId: lobby.id, userId: alice.id, content: 'x' } as const;
      await store.log.commit([change({ ...edit, messageId: second, mentions })]);
      assert.equal((await unread(carol))?.mentionCount, 1);
    });

    test('counts exactly from the position on, also if an event is not a message', async () => {
      const first = await send(alice);
      await about('pin', alice, first);
      await send(alice);

      const marked = await read(bob, 2);
      assert.deepEqual(marked?.position, { sequence: 2, ordinal: 1 });
      assert.equal(marked.messageId, first);

      assert.deepEqual(await unread(bob), { ...none, unreadCount: 1, firstSequence: 3 });
    });

    test('says which messages mention a member, and keeps them if an edit says so', async () => {
      const ids = [
        await send(alice, { names: ['bob'] }),
        await send(alice, { everyone: true }),
        await send(alice),
      ];
      const mentioning = async (who: User) => [
        ...(await store.rooms.listMentioning(lobby.id, who.id, [1, 2, 3])),
      ];
      assert.deepEqual([await mentioning(bob), await mentioning(alice)], [[1], []]);
      const edit = (messageId: MessageId | undefined, more: object) =>
        store.log.commit([
          change({
            ...({
              kind: 'edit',
              content: 'again',
              mentions: { everyone: false, names: [] },
            } as const),
            ...{ roomId: lobby.id, userId: alice.id, messageId: messageId as MessageId, ...more },
          }),
        ]);

      await edit(ids[0], { keepsMentions: true });
      assert.deepEqual([await mentioning(bob), (await unread(bob))?.mentionCount], [[1], 2]);
      const added = { keepsMentions: true, mentions: { everyone: false, names: ['bob'] } };
      for (const id of [ids[0], ids[2]]) await edit(id, added);
      assert.deepEqual([await mentioning(bob), (await unread(bob))?.mentionCount], [[1, 3], 3]);
      await edit(ids[2], {});
      await edit(ids[0], {});
      assert.deepEqual([await mentioning(bob), (await unread(bob))?.mentionCount], [[], 1]);
    });

    test('keeps the notification level that a member has chosen', async () => {
      const levelOf = async (who: User) =>
        (await store.rooms.listRoomsOf(who.id, 1))[0]?.membership?.notificationLevel;
      const chosen: unknown[] = [await levelOf(bob)];

      for (const level of ['nothing', 'mentions', 'all'] as const) {
        assert.equal(await store.rooms.setNotificationLevel(lobby.id, bob.id, level), true);
        chosen.push(await levelOf(bob));
      }

      assert.deepEqual(chosen, [undefined, 'nothing', 'mentions', 'all']);
      assert.equal(await levelOf(alice), undefined);
      const outsider = user('outsider');
      await store.accounts.insertUser(outsider, 'hash');
      const { rooms } = store;
      assert.equal(await rooms.setNotificationLevel(lobby.id, outsider.id, 'all'), false);
      assert.equal(await rooms.setNotificationLevel(newRoomId(), bob.id, 'all'), false);
    });

    test('does not count deleted messages, however often and in which order they are deleted', async () => {
      const sent: MessageId[] = [];
      for (let count = 0; count < 5; count += 1) sent.push(await send(alice, { names: ['bob'] }));

      const counts = [await unread(bob)];
      for (const index of [3, 3, 0, 4, 1]) {
        const messageId = sent[index];
        assert(messageId !== undefined);
        await about('deletion', alice, messageId);
        counts.push(await unread(bob));
      }

      assert.deepEqual(
        counts.map((found) => [found?.unreadCount, found?.mentionCount, found?.firstSequence]),
        [
          [5, 5, 1],
          [4, 4, 1],
          [4, 4, 1],
          [3, 3, 2],
          [2, 2, 2],
          [1, 1, 3],
        ],
      );
      await read(bob, 2);
      assert.deepEqual((await unread(bob))?.unreadCount, 1);
      await about('deletion', alice, sent[2] ?? ('' as MessageId));
      assert.deepEqual(await unread(bob), none);
      const { members } = await store.rooms.readUnread(lobby.id, [bob.id]);
      assert.deepEqual(members, [{ userId: bob.id, unread: none }]);
      // The tombstones are below the position of a new member, and of one who reads them.
      await send(alice);
      assert.deepEqual(
        [(await unread(bob))?.unreadCount, (await read(bob, 12))?.position],
        [1, { sequence: 12, ordinal: 6 }],
      );
    });

    test('counts exactly across blocks of deleted messages, and after retention', async () => {
      const carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
      const sent: MessageId[] = [];
      for (let from = 0; from < 600; from += 100) {
        const batch = Array.from({ length: 100 }, () =>
          command({ roomId: lobby.id, userId: alice.id, admittedAtMs: NOON_MS + from }),
        );
        await store.log.commit(batch);
        sent.push(...batch.map(({ messageId }) => messageId));
      }
      const deleted = sent.filter((_, index) => index % 3 === 0);
      await store.log.commit(
        deleted.map((messageId) =>
          change(
            { kind: 'deletion', roomId: lobby.id, userId: alice.id, messageId },
            { admittedAtMs: NOON_MS + 600 },
          ),
        ),
      );

      for (const position of [0, 1, 254, 255, 256, 257, 511, 512, 599]) {
        await read(bob, position);
        const later = sent.filter((_, index) => index >= position && index % 3 !== 0);
        assert.equal((await unread(bob))?.unreadCount, later.length, `from ${position}`);
      }
      assert.equal((await unread(carol))?.unreadCount, 400);
      const old = { beforeMs: NOON_MS + 300, eventsMax: 1000 };
      await store.log.deleteMessagesOlderThan(lobby.id, old);
      assert.equal((await unread(carol))?.unreadCount, 200);
      assert.equal((await unread(bob))?.unreadCount, 1);
    });

    test('marks everything as read up to a message that the user sends', async () => {
      await send(alice);
      await send(bob);

      assert.deepEqual(await unread(bob), none);
    });

    test('counts mentions by name and of everyone above the position', async () => {
      await send(alice, { names: ['bob', 'nobody', 'alice'] });
      await send(alice, { everyone: true, names: ['bob'] });
      await send(alice);

      assert.deepEqual((await unread(bob))?.mentionCount, 2);
      await read(bob, 1);
      assert.deepEqual((await unread(bob))?.mentionCount, 1);
    });

    test('takes the longest name of a member, then the name without - and _ at its end', async () => {
      const longer = user('bob-');
      await store.accounts.insertUser(longer, 'hash');
      // The longer name is that of a user who is not in the room.
      await send(alice, { names: ['bob-'] });
      await send(alice, { names: ['bob-_', 'bob_', 'bob'] });
      assert.equal((await unread(bob))?.mentionCount, 2);
      await store.rooms.addMember(lobby.id, longer.id, NOON_MS);

      await send(alice, { names: ['bob-'] });
      await send(alice, { names: ['bob-_'] });
      assert.equal((await unread(longer))?.mentionCount, 2);
      assert.equal((await unread(bob))?.mentionCount, 2);

      await send(alice, { names: ['bob-', 'bob'] });
      await blockUser(store, longer.id, alice.id, NOON_MS);
      await send(alice, { names: ['bob-'] });
      assert.equal((await unread(longer))?.mentionCount, 3);
      assert.equal((await unread(bob))?.mentionCount, 3);
    });

    test('ignores mentions by a user whom the mentioned user has blocked', async () => {
      const first = await send(alice, { names: ['bob'] });
      await blockUser(store, bob.id, alice.id, NOON_MS);

      await send(alice, { names: ['bob'] });
      const edit = { kind: 'edit', roomId: lobby.id, userId: alice.id, content: 'x' } as const;
      const mentions = { everyone: false, names: ['bob'] };
      await store.log.commit([change({ ...edit, messageId: first, mentions })]);

      assert.equal((await unread(bob))?.mentionCount, 0);
      await store.accounts.unblock(bob.id, alice.id);
      await send(alice, { names: ['bob'] });
      assert.equal((await unread(bob))?.mentionCount, 1);
    });

    test('ignores mentions of users who are not members, and edited or deleted mentions', async () => {
      const carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');
      const first = await send(alice, { names: ['carol', 'bob'] });
      const second = await send(alice, { names: ['bob'] });
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
      await about('deletion', alice, second);
      const edit = { kind: 'edit', roomId: lobby.id, userId: alice.id, content: 'x' } as const;
      const mentions = { everyone: false, names: [] };

      assert.equal((await unread(bob))?.mentionCount, 1);
      await store.log.commit([change({ ...edit, messageId: first, mentions })]);

      assert.equal((await unread(bob))?.mentionCount, 0);
      assert.equal((await unread(carol))?.mentionCount, 0);
    });

    test('counts mentions up to the limit', async () => {
      const many = LIMITS.mentionCountMax + 1;
      for (let count = 0; count < many; count += 1) await send(alice, { names: ['bob'] });

      const found = await unread(bob);

      assert.deepEqual([found?.unreadCount, found?.mentionCount], [many, LIMITS.mentionCountMax]);
    });

    test('keeps a manual unread mark until the room is next marked as read', async () => {
      await send(bob);
      assert.equal(await store.rooms.markUnread(lobby.id, bob.id), true);

      assert.deepEqual(await unread(bob), { ...none, isMarkedUnread: true });
      await read(bob, 1);

      assert.deepEqual(await unread(bob), none);
      assert.equal(await store.rooms.markUnread(newRoomId(), bob.id), false);
    });

    test('reads the counts of many users at once, and omits those who are not members', async () => {
      await send(alice);
      const stranger = user('carol');

      const found = await store.rooms.readUnread(lobby.id, [bob.id, stranger.id, alice.id]);

      assert.deepEqual(found, {
        headSequence: 1,
        members: [
          { userId: bob.id, unread: { ...none, unreadCount: 1, firstSequence: 1 } },
          { userId: alice.id, unread: none },
        ],
      });
      assert.deepEqual(await store.rooms.readUnread(newRoomId(), [bob.id]), {
        headSequence: 0,
        members: [],
      });
    });
  });
}
