/** The members of a room: their number, and their list by name. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BY,
  blockUser,
  change,
  createDirectRoom,
  NOON_MS,
  ownedBy,
  room,
  user,
  withLobby,
} from '../support/records.ts';

export function testMembers(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: members of a room`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const arrive = async (name: string): Promise<User> => {
      const person = user(name);
      await store.accounts.insertUser(person, 'hash');
      await store.rooms.addMember(lobby.id, person.id, NOON_MS);
      return person;
    };
    /** As lists and the count have it, which must be the same. */
    const total = async ({ id }: Room): Promise<number | undefined> => {
      const counted = (await store.rooms.countMembers([id])).get(id);
      const listed = await store.rooms.listRoomsOf(alice.id, 10);
      const visible = await store.rooms.listVisibleRooms(alice.id, { after: undefined, limit: 10 });
      for (const rooms of [listed, visible.rooms]) {
        assert.equal(rooms.find((each) => each.room.id === id)?.memberTotal, counted);
      }
      return counted;
    };
    const end = async (subject: User, reason: 'left' | 'removed' | 'banned'): Promise<void> => {
      const userId = reason === 'left' ? subject.id : alice.id;
      const about = { kind: 'access-lost', roomId: lobby.id, userId } as const;
      await store.log.commit([change({ ...about, subjectId: subject.id, reason })]);
    };

    test('are counted through joins, leaves, removals and bans', async () => {
      const people = [bob, await arrive('carol'), await arrive('dave')];
      await store.rooms.addMember(lobby.id, bob.id, NOON_MS);
      assert.equal(await total(lobby), 4);

      for (const [index, reason] of (['left', 'removed', 'banned'] as const).entries()) {
        await end(people[index] as User, reason);
        assert.equal(await total(lobby), 3 - index, reason);
      }
      await end(await arrive('erin'), 'left');
      await store.rooms.addMember(lobby.id, bob.id, NOON_MS);

      assert.equal(await total(lobby), 2);
    });

    test('are not counted and listed while they are disabled', async () => {
      const carol = await arrive('carol');
      const names = async () => {
        const request = { after: '', limit: 9, sortedMax: 9, searchedMax: 9, nowMs: NOON_MS };
        const { members } = await store.rooms.listMembersByName(lobby.id, request);
        return members.map((member) => member.user.username);
      };

      await store.sessions.setDisabled(bob.id, NOON_MS, BY);
      await store.sessions.setDisabled(carol.id, NOON_MS, BY);
      await store.sessions.setDisabled(carol.id, NOON_MS + 1, BY);
      assert.deepEqual([await total(lobby), await names()], [1, ['alice']]);
      await end(carol, 'removed');
      assert.equal(await total(lobby), 1);
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
      assert.equal(await total(lobby), 1);
      await store.sessions.setDisabled(bob.id, undefined, BY);
      await store.sessions.setDisabled(carol.id, undefined, BY);

      assert.deepEqual([await total(lobby), await names()], [3, ['alice', 'bob', 'carol']]);
    });

    test('are found by every read once a suspension is over, and counted once its end is noted', async () => {
      const untilMs = NOON_MS + 1000;
      const group = { id: randomUUIDv7(), handle: 'design', name: 'Design', createdAtMs: NOON_MS };
      await store.userGroups.insertUserGroup(group, [bob.id], BY);
      await store.sessions.setDisabled(bob.id, NOON_MS, BY, { untilMs, reason: 'Spam' });
      const { accounts, rooms, sessions, userGroups } = store;
      const isFound = async (nowMs: number) => {
        const scanned = { limit: 9, scannedMax: 9, nowMs };
        const sorted = { after: '', limit: 9, sortedMax: 9, searchedMax: 9, nowMs };
        const lists = [
          (await accounts.listUsersByWord('bob', 9, nowMs)).users,
          (await accounts.listMembersByWord(lobby.id, 'bob', scanned)).map((each) => each.user),
          ...(await Promise.all(
            [sorted, { ...sorted, sortedMax: 0 }].map(async (request) =>
              (await rooms.listMembersByName(lobby.id, request)).members.map((each) => each.user),
            ),
          )),
          await userGroups.listUserGroupMembers(group.id, nowMs),
        ];
        return lists.map((users) => users.some(({ id }) => id === bob.id));
      };

      assert.deepEqual(await isFound(untilMs - 1), [false, false, false, false, false]);
      assert.deepEqual(await isFound(untilMs), [true, true, true, true, true]);
      assert.deepEqual(await sessions.listEndedSuspensions(untilMs - 1, 9), []);
      assert.deepEqual(await sessions.listEndedSuspensions(untilMs, 9), [bob.id]);
      await sessions.endSuspension(bob.id, untilMs);
      assert.deepEqual(await sessions.listEndedSuspensions(untilMs, 9), []);
      assert.equal(await total(lobby), 2);
    });

    test('and former ones have their rooms listed by id, page by page', async () => {
      const direct = await createDirectRoom(store, [alice, bob]);
      const left = room('left');
      await store.rooms.createRoom(left, ownedBy(alice), NOON_MS);
      await store.rooms.addMember(left.id, bob.id, NOON_MS);
      const about = { kind: 'access-lost', roomId: left.id, subjectId: bob.id } as const;
      await store.log.commit([change({ ...about, userId: bob.id, reason: 'left' })]);
      await blockUser(store, bob.id, alice.id, NOON_MS);
      const list = async (after?: Room['id'], limit = 2) =>
        (await store.rooms.listOwnRooms(bob.id, { after, limit })).map((each) => [
          each.roomId,
          each.role,
        ]);

      const all = [
        [lobby.id, 'member'],
        [left.id, undefined],
        [direct.id, undefined],
      ].sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
      assert.deepEqual(await list(undefined, 9), all);
      assert.deepEqual(await list(), all.slice(0, 2));
      assert.deepEqual(await list(all[1]?.[0] as Room['id']), all.slice(2));
    });

    test('are two in a direct room, also if a block has ended a membership', async () => {
      const direct = await createDirectRoom(store, [alice, bob]);
      await blockUser(store, bob.id, alice.id, NOON_MS);

      assert.equal(await total(direct), 2);
    });

    test('are counted with those who are invited to a group or private room', async () => {
      for (const kind of ['group', 'room'] as const) {
        const made = room('', { kind, visibility: 'private', nameKey: `${kind}:x` });
        await store.rooms.createRoom(made, ownedBy(alice), NOON_MS);
        const target = { kind: 'group', id: made.id } as const;
        await store.invitations.insertInvitations([
          { userId: bob.id, target, inviterId: alice.id, createdAtMs: NOON_MS },
        ]);

        assert.equal(await total(made), 2);
      }
    });

    for (const [size, sortedMax] of [
      ['small', 20],
      ['large', 0],
    ] as const) {
      test(`are listed by name, page by page, in a ${size} room`, async () => {
        for (const name of ['Nina', 'lars', 'Mia', 'zoe']) await arrive(name);
        for (const name of ['kim', 'otto']) await store.accounts.insertUser(user(name), 'hash');
        const names: string[] = [];
        let after: string | undefined = '';
        while (after !== undefined) {
          const request = { after, limit: 2, sortedMax, searchedMax: 3, nowMs: NOON_MS };
          const { members, next } = await store.rooms.listMembersByName(lobby.id, request);
          assert.ok(members.length <= 2);
          names.push(...members.map((member) => `${member.user.username} ${member.role}`));
          after = next;
        }

        const others = ['bob', 'lars', 'Mia', 'Nina', 'zoe'].map((name) => `${name} member`);
        assert.deepEqual(names, ['alice owner', ...others]);
      });
    }
  });
}
