import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Room, RoomChange, RoomRole } from '../../src/model/room.ts';
import type { Role, User } from '../../src/model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/model/workspace.ts';
import type { RoomStore } from '../../src/ports/room-store.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BY,
  change,
  command,
  createDirectRoom,
  NOON_MS,
  newRoomId,
  ownedBy,
  room,
  user,
  withLobby,
} from '../support/records.ts';

export function testRoomStore(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: room store`, () => {
    let store: Store;
    let rooms: RoomStore;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      rooms = store.rooms;
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const carolJoins = async (): Promise<User> => {
      const carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');
      return carol;
    };

    test('finds a room by id and by key, and reports membership', async () => {
      const carol = await carolJoins();
      const byKey = { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey: 'lobby' } as const;

      assert.deepEqual(await rooms.findRoom({ kind: 'id', id: lobby.id }, alice.id), {
        room: lobby,
        role: 'owner',
        workspaceRole: undefined,
      });
      assert.deepEqual(await rooms.findRoom(byKey, carol.id), {
        room: lobby,
        role: undefined,
        workspaceRole: undefined,
      });
    });

    for (const role of ['guest', 'wizard'] as const) {
      test(`shows a ${role} only the rooms of which the user is a member`, async () => {
        const gustav = { ...user('gustav'), role: role as Role };
        await store.accounts.insertUser(gustav, 'hash');
        const own = room('own');
        await rooms.createRoom(own, [{ userId: gustav.id, role: 'member' }], NOON_MS);

        const found = await rooms.findRoom({ kind: 'id', id: lobby.id }, gustav.id);
        const listed = await rooms.listVisibleRooms(gustav.id, { after: undefined, limit: 9 });

        assert.equal(found?.isGuest, true);
        assert.deepEqual(
          listed.rooms.map((each) => each.room.id),
          [own.id],
        );
      });
    }

    test('finds no room of an unknown id or key', async () => {
      const byKey = { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey: 'nowhere' } as const;

      assert.equal(await rooms.findRoom({ kind: 'id', id: newRoomId() }, alice.id), undefined);
      assert.equal(await rooms.findRoom(byKey, alice.id), undefined);
    });

    test('keeps the topic of a room until it is removed', async () => {
      const find = () => rooms.findRoom({ kind: 'id', id: lobby.id }, alice.id);

      const topic = 'Everything about “us”';
      assert.equal(await rooms.changeRoom(lobby.id, { topic }, undefined), 'changed');
      assert.equal((await find())?.room.topic, 'Everything about “us”');
      const { rooms: listed } = await rooms.listVisibleRooms(bob.id, {
        after: undefined,
        limit: 10,
      });
      assert.equal(
        listed.find(({ room }) => room.id === lobby.id)?.room.topic,
        'Everything about “us”',
      );
      assert.equal(await rooms.changeRoom(lobby.id, { topic: '' }, undefined), 'changed');
      assert.deepEqual((await find())?.room, lobby);
      assert.equal(await rooms.changeRoom(newRoomId(), { topic: 'nowhere' }, undefined), 'absent');
    });

    test('keeps the settings of a room, each until it is changed', async () => {
      const find = async () => (await rooms.findRoom({ kind: 'id', id: lobby.id }, alice.id))?.room;
      const settings = {
        ...({ description: 'For\neverybody', posting: 'moderators' } as const),
        slowModeSeconds: 30,
        ...({ pinning: 'moderators', mentioningAll: 'moderators' } as const),
      };
      const name = { shown: 'Hall', key: 'hall' };

      await rooms.changeRoom(lobby.id, settings, undefined);
      await rooms.changeRoom(lobby.id, { name, archivedAtMs: NOON_MS }, undefined);

      const archived = { archivedAtMs: NOON_MS, name: 'Hall', nameKey: 'hall' };
      assert.deepEqual(await find(), { ...lobby, ...settings, ...archived });
      const permissions = {
        ...({ posting: 'members', pinning: 'members', mentioningAll: 'members' } as const),
      };
      const restored = { name: { shown: lobby.name, key: lobby.nameKey }, archivedAtMs: null };
      await rooms.changeRoom(
        lobby.id,
        { ...restored, description: '', slowModeSeconds: 0, ...permissions },
        undefined,
      );
      assert.deepEqual(await find(), lobby);
      for (const inviting of ['moderators', 'members'] as const) {
        await rooms.changeRoom(lobby.id, { inviting }, undefined);
        assert.deepEqual(await find(), { ...lobby, inviting });
      }
    });

    test('has new users in its default rooms, without archived rooms and others', async () => {
      const listed = async () =>
        (await rooms.listDefaultRooms(lobby.workspaceId)).map(({ id }) => id);
      assert.deepEqual(await listed(), []);
      await rooms.changeRoom(lobby.id, { isDefault: true }, undefined);
      assert.deepEqual(await listed(), [lobby.id]);

      const carol = await carolJoins();

      const found = await rooms.findRoom({ kind: 'id', id: lobby.id }, carol.id);
      assert.deepEqual([found?.role, found?.room.isDefault], ['member', true]);
      await rooms.changeRoom(lobby.id, { archivedAtMs: NOON_MS }, undefined);
      assert.deepEqual(await listed(), []);
      await rooms.changeRoom(lobby.id, { archivedAtMs: null, isDefault: false }, undefined);
      assert.deepEqual(await listed(), []);
    });

    test('accepts messages of members again and again as its settings change', async () => {
      const kindOf = async ({ id: userId }: User, over: object = {}) => {
        const [outcome] = await store.log.commit([command({ roomId: lobby.id, userId, ...over })]);
        return outcome?.kind;
      };

      assert.equal(await kindOf(bob), 'stored');
      await rooms.changeRoom(lobby.id, { posting: 'moderators' }, undefined);
      const mentions = { everyone: false, names: ['alice'] };
      assert.deepEqual(
        [await kindOf(bob), await kindOf(bob, { mentions }), await kindOf(alice)],
        ['rejected', 'rejected', 'stored'],
      );
      await rooms.changeRoom(lobby.id, { posting: 'members' }, undefined);
      assert.equal(await kindOf(bob), 'stored');
    });

    test('accepts pins of members unless the room leaves them to moderators', async () => {
      const said = command({ roomId: lobby.id, userId: bob.id });
      await store.log.commit([said]);
      const { messageId } = said;
      const pin = async ({ id: userId }: User, kind: 'pin' | 'unpin') => {
        const about = { roomId: lobby.id, userId, messageId, kind };
        const [outcome] = await store.log.commit([change(about)]);
        return outcome?.kind;
      };

      assert.equal(await pin(bob, 'pin'), 'stored');
      await rooms.changeRoom(lobby.id, { pinning: 'moderators' }, undefined);
      assert.deepEqual(
        [await pin(bob, 'unpin'), await pin(alice, 'unpin'), await pin(bob, 'pin')],
        ['rejected', 'stored', 'rejected'],
      );
      const [message] = await store.log.commit([command({ roomId: lobby.id, userId: bob.id })]);
      assert.equal(message?.kind, 'stored');
    });

    test('changes a room by the roles in the transaction', async () => {
      const change = async (actor: User, about: RoomChange) =>
        rooms.changeRoom(lobby.id, about, { ...BY, actor: actor.id });
      const topic = { topic: 'Lunch' };

      assert.equal(await change(bob, topic), 'forbidden');
      await rooms.giveRole(lobby.id, bob.id, 'moderator', BY);
      assert.equal(await change(bob, topic), 'changed');
      assert.equal(await change(bob, { visibility: 'private' }), 'forbidden');
      assert.equal(await change(alice, { isDefault: true }), 'forbidden');
      const name = { shown: 'hall', key: 'hall' };
      await rooms.giveRole(lobby.id, bob.id, 'member', BY);
      assert.equal(await change(bob, { name, archivedAtMs: NOON_MS }), 'forbidden');

      const found = await rooms.findRoom({ kind: 'id', id: lobby.id }, bob.id);
      assert.deepEqual(
        [found?.room.topic, found?.room.name, found?.room.archivedAtMs],
        ['Lunch', lobby.name, undefined],
      );
    });

    test('gives a member a role, and a room one owner', async () => {
      const carol = await carolJoins();
      await rooms.addMember(lobby.id, carol.id, NOON_MS);
      const rolesOf = async () => {
        const members = await rooms.listMembers(lobby.id, { after: undefined, limit: 9 });
        return new Map(members.map(({ user: { username }, role }) => [username, role]));
      };
      const give = (actor: User | undefined, { id }: User, role: RoomRole) =>
        rooms.giveRole(lobby.id, id, role, { ...BY, ...(actor && { actor: actor.id }) });

      assert.equal((await give(bob, carol, 'moderator')).kind, 'forbidden');
      assert.equal((await give(alice, bob, 'moderator')).kind, 'given');
      assert.equal((await give(alice, bob, 'moderator')).kind, 'unchanged');
      assert.equal((await give(bob, carol, 'moderator')).kind, 'forbidden');
      assert.equal((await give(alice, alice, 'member')).kind, 'only-owner');
      assert.equal((await give(undefined, user('dora'), 'member')).kind, 'absent');

      const given = await give(alice, carol, 'owner');
      assert.ok(given.kind === 'given');
      assert.deepEqual(
        given.members.map(({ user: { username }, role }) => [username, role]),
        [
          ['alice', 'moderator'],
          ['carol', 'owner'],
        ],
      );
      assert.equal((await give(alice, bob, 'member')).kind, 'forbidden');
      assert.equal((await give(undefined, bob, 'member')).kind, 'given');
      assert.deepEqual(Object.fromEntries(await rolesOf()), {
        ...{ alice: 'moderator', bob: 'member', carol: 'owner' },
      });
      const [entry] = await store.audit.listAudit({ action: 'member.role', limit: 1 });
      assert.deepEqual([entry?.target, entry?.detail], [bob.id, `${lobby.id} member`]);
      const changes = await rooms.listMembershipChanges({
        ...{ roomId: lobby.id, from: 0, to: undefined },
      });
      const kinds = changes.map(({ kind }) => kind).filter((kind) => kind !== 'joined');
      assert.deepEqual(kinds.sort(), ['member', 'moderator', 'moderator', 'owner']);
    });

    test('gives one owner to a room whose ownership is handed over twice at once', async () => {
      const carol = await carolJoins();
      await rooms.addMember(lobby.id, carol.id, NOON_MS);
      const by = { ...BY, actor: alice.id };
      await Promise.all([bob, carol].map(({ id }) => rooms.giveRole(lobby.id, id, 'owner', by)));

      const members = await rooms.listMembers(lobby.id, { after: undefined, limit: 9 });
      const roles = members.map(({ role }) => role);
      assert.deepEqual(roles.sort(), ['member', 'moderator', 'owner']);
    });

    test('gives a room no name that another room has', async () => {
      await rooms.createRoom(room('ops'), ownedBy(alice), NOON_MS);

      const name = { shown: 'OPS', key: 'ops' };
      assert.equal(await rooms.changeRoom(lobby.id, { name, topic: 'none' }, undefined), 'taken');
      assert.deepEqual((await rooms.findRoom({ kind: 'id', id: lobby.id }, alice.id))?.room, lobby);
    });

    test('lists an archived room to its members only, and lets no others in', async () => {
      const carol = await carolJoins();
      await rooms.addMember(lobby.id, bob.id, NOON_MS);
      await rooms.changeRoom(lobby.id, { archivedAtMs: NOON_MS }, undefined);
      const page = { after: undefined, limit: 10 };
      const isListed = async ({ id }: User) =>
        (await rooms.listVisibleRooms(id, page)).rooms.some(({ room }) => room.id === lobby.id);

      assert.deepEqual([await isListed(bob), await isListed(carol)], [true, false]);
      assert.equal(await rooms.addMember(lobby.id, carol.id, NOON_MS), 'archived');
      assert.deepEqual(await rooms.addMember(lobby.id, bob.id, NOON_MS), {
        kind: 'member',
        notedAfter: undefined,
      });
    });

    test('keeps an empty room whose settings were chosen', async () => {
      const [kept, unused] = [room('kept'), room('unused')];
      for (const each of [kept, unused]) await rooms.createRoom(each, ownedBy(alice), NOON_MS);
      await rooms.changeRoom(kept.id, { topic: 'Later' }, undefined);

      const ids = (await rooms.listUnusedRooms()).rooms.map(({ id }) => id);
      assert.deepEqual([ids.includes(kept.id), ids.includes(unused.id)], [false, true]);
      assert.equal(await rooms.deleteUnusedRoom(kept.id), false);
      assert.equal(await rooms.deleteUnusedRoom(unused.id), true);
    });

    test('returns the same room to two concurrent creations with one name', async () => {
      const [one, other] = await Promise.all([
        rooms.createRoom(room('ops'), ownedBy(alice), NOON_MS),
        rooms.createRoom(room('ops'), ownedBy(bob), NOON_MS),
      ]);

      assert.equal(one.id, other.id);
    });

    test('returns the same room to two concurrent creations with one name and one id', async () => {
      const ops = room('ops');
      const made = [alice, bob].map((owner) => rooms.createRoom(ops, ownedBy(owner), NOON_MS));

      for (const each of await Promise.all(made)) assert.deepEqual(each, ops);
      const found = await rooms.listVisibleRooms(alice.id, { after: undefined, limit: 10 });
      assert.equal(found.rooms.filter((each) => each.room.id === ops.id).length, 1);
    });

    test('reports whether the room to join exists', async () => {
      const carol = await carolJoins();

      assert.equal(typeof (await rooms.addMember(lobby.id, carol.id, NOON_MS)), 'object');
      assert.equal(await rooms.addMember(newRoomId(), carol.id, NOON_MS), 'no-room');
    });

    test('marks everything as read for a new member', async () => {
      await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);
      const carol = await carolJoins();

      await rooms.addMember(lobby.id, carol.id, NOON_MS);

      const [listed] = await rooms.listRoomsOf(carol.id, 10);
      assert.deepEqual(listed?.membership?.read, { sequence: 1, ordinal: 1 });
    });

    test('keeps the read position of an existing member', async () => {
      await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);

      await rooms.addMember(lobby.id, bob.id, NOON_MS);

      const [listed] = await rooms.listRoomsOf(bob.id, 10);
      assert.deepEqual(listed?.membership?.read, { sequence: 0, ordinal: 0 });
    });

    test('lists visible rooms by id in pages', async () => {
      const hidden = room('hidden', { visibility: 'private' });
      await rooms.createRoom(hidden, ownedBy(alice), NOON_MS);
      const ops = room('ops');
      await rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      const page = async (who: User, after: Room['id'] | undefined, limit: number) => {
        const { rooms: listed, hasMore } = await rooms.listVisibleRooms(who.id, { after, limit });
        return { ids: listed.map(({ room: { id } }) => id), hasMore };
      };
      const [first, second] = [lobby.id, ops.id].sort();

      assert.deepEqual(await page(bob, undefined, 1), { ids: [first], hasMore: true });
      assert.deepEqual(await page(bob, first, 10), { ids: [second], hasMore: false });
      assert.deepEqual(await page(alice, undefined, 10), {
        ids: [lobby.id, hidden.id, ops.id].sort(),
        hasMore: false,
      });
    });

    test('shows no read position to a user who is not a member', async () => {
      const carol = await carolJoins();

      const {
        rooms: [listed],
      } = await rooms.listVisibleRooms(carol.id, { after: undefined, limit: 1 });

      assert.equal(listed?.membership, undefined);
    });

    test("lists a user's own rooms, latest activity first", async () => {
      const ops = room('ops', { createdAtMs: NOON_MS + 1 });
      await rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      await store.log.commit([
        command({ roomId: lobby.id, userId: alice.id, admittedAtMs: NOON_MS + 2 }),
      ]);

      const own = await rooms.listRoomsOf(alice.id, 10);

      assert.deepEqual(
        own.map(({ room: { name } }) => name),
        ['lobby', 'ops'],
      );
      assert.equal(own[0]?.head.sequence, 1);
      assert.equal((await rooms.listRoomsOf(alice.id, 1)).length, 1);
    });

    test("lists a user's conversations, however many other rooms have later activity", async () => {
      const withBob = await createDirectRoom(store, [alice, bob]);
      await store.log.commit([
        command({ roomId: lobby.id, userId: alice.id, admittedAtMs: NOON_MS + 2 }),
      ]);

      const listed = await rooms.listConversationsOf(alice.id, 1);

      assert.deepEqual(
        listed.map(({ room: { id } }) => id),
        [withBob.id],
      );
    });

    test('moves a read position only forward, and not past the head', async () => {
      const send = () => command({ roomId: lobby.id, userId: alice.id });
      const sent = [send(), send()];
      await store.log.commit(sent);
      const mark = (sequence: number) =>
        rooms.markRead(lobby.id, bob.id, { sequence, atMs: NOON_MS + sequence });

      const at = (place: number, messageId: string, hasMoved: boolean) => ({
        position: { sequence: place, ordinal: place },
        messageId,
        hasMoved,
        readAtMs: NOON_MS + (place === 1 ? 1 : 99),
      });
      const [first, second] = sent.map(({ messageId }) => messageId);
      assert(first && second);
      assert.deepEqual(await mark(1), at(1, first, true));
      assert.deepEqual(await mark(99), at(2, second, true));
      assert.deepEqual(await mark(1), at(2, second, false));
      // The sender's position moved with the message itself.
      assert.deepEqual(
        await rooms.listReaders(lobby.id, 2, 9),
        [
          { userId: alice.id, sequence: 2, readAtMs: sent[1]?.admittedAtMs },
          { userId: bob.id, sequence: 2, readAtMs: NOON_MS + 99 },
        ].sort((a, b) => (a.userId < b.userId ? -1 : 1)),
      );
      assert.deepEqual(await rooms.listReaders(lobby.id, 3, 9), []);
      assert.equal((await rooms.listReaders(lobby.id, 1, 1)).length, 1);
    });

    test('moves no read position of a user who is not a member', async () => {
      const carol = await carolJoins();

      const position = await rooms.markRead(lobby.id, carol.id, { sequence: 1, atMs: NOON_MS });

      assert.equal(position, undefined);
    });

    test('deletes only rooms without messages', async () => {
      const ops = room('ops');
      await rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);

      assert.deepEqual(
        (await rooms.listUnusedRooms()).rooms.map(({ id }) => id),
        [ops.id],
      );
      assert.equal(await rooms.deleteUnusedRoom(lobby.id), false);
      assert.equal(await rooms.deleteUnusedRoom(ops.id), true);
      assert.equal(await rooms.findRoom({ kind: 'id', id: ops.id }, alice.id), undefined);
    });

    test('lists temporary rooms with messages too, and no other rooms', async () => {
      const made = ['temp-standup', 'temporary', 'a-temp-b', 'temp_1'].map((name) => room(name));
      for (const each of made) {
        await rooms.createRoom(each, ownedBy(alice), NOON_MS);
        await store.log.commit([command({ roomId: each.id, userId: alice.id })]);
      }
      await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);

      const { rooms: listed } = await rooms.listUnusedRooms();

      assert.deepEqual(
        listed.map(({ nameKey }) => nameKey),
        ['temp-standup'],
      );
    });

    test('lets users join a public room by themselves, which becomes private and public', async () => {
      const carol = await carolJoins();
      const hall = room('hall');
      await rooms.createRoom(hall, ownedBy(alice), NOON_MS);
      const by = { ...BY, actor: alice.id };
      const name = { shown: 'hall', key: `private:${hall.id}` };
      const change = (visibility: 'public' | 'private', key: string) =>
        rooms.changeRoom(hall.id, { name: { ...name, key }, visibility }, by);

      assert.equal(await change('private', name.key), 'changed');

      assert.equal(await rooms.addMember(hall.id, bob.id, NOON_MS), 'no-room');
      const added = await rooms.addMember(hall.id, bob.id, NOON_MS, alice.id);
      assert.equal(typeof added, 'object');
      assert.equal(typeof (await rooms.addMember(hall.id, bob.id, NOON_MS)), 'object');
      const found = await rooms.findRoom({ kind: 'id', id: hall.id }, carol.id);
      assert.equal(found?.room.visibility, 'private');
      const other = room('hall');
      await rooms.createRoom(other, ownedBy(carol), NOON_MS);
      assert.equal(await change('public', hall.nameKey), 'taken');
      assert.equal(await change('public', 'other-hall'), 'changed');
      assert.equal(typeof (await rooms.addMember(hall.id, carol.id, NOON_MS)), 'object');
      const entries = await store.audit.listAudit({ action: 'room.update', limit: 9 });
      const details = entries.filter(({ target }) => target === hall.id).map((each) => each.detail);
      assert.deepEqual(details, ['name visibility:public', 'name visibility:private']);
    });

    test('hides a room that is deleted, with its memberships, before its messages', async () => {
      const carol = await carolJoins();
      const hall = room('hall');
      const secret = room('secret', { visibility: 'private', nameKey: 'private:1' });
      for (const each of [hall, secret]) await rooms.createRoom(each, ownedBy(alice), NOON_MS);
      for (const { id } of [bob, carol]) await rooms.addMember(hall.id, id, NOON_MS);
      await store.log.commit([command({ roomId: hall.id, userId: alice.id })]);
      const page = { after: undefined, limit: 10 };
      const idsOf = async ({ id }: User) =>
        (await rooms.listVisibleRooms(id, page)).rooms.map((each) => each.room.id);
      const as = ({ id: actor }: User) => ({ ...BY, actor });
      const listAll = async () =>
        (await rooms.listAllRooms(undefined, 50)).flatMap((each) =>
          [hall.id, secret.id].includes(each.room.id)
            ? [`${each.room.name} ${each.owner} ${each.memberTotal}`]
            : [],
        );
      assert.deepEqual(new Set(await listAll()), new Set(['hall alice 3', 'secret alice 1']));
      const [first] = await rooms.listAllRooms(undefined, 1);
      const rest = await rooms.listAllRooms(first?.room.id, 50);
      assert.ok(rest.every((each) => each.room.id > (first?.room.id ?? '')));

      assert.equal(await rooms.hideRoom(hall.id, 2, as(bob)), 'forbidden');
      assert.equal(await rooms.hideRoom(newRoomId(), 2, BY), 'absent');
      const ended = await rooms.hideRoom(hall.id, 2, as(alice));
      assert.ok(typeof ended !== 'string');
      assert.equal(ended.length, 2);
      assert.equal(await rooms.hideRoom(hall.id, 2, BY), 'absent');

      for (const each of [alice, bob, carol, user('dora')]) {
        assert.equal(await rooms.findRoom({ kind: 'id', id: hall.id }, each.id), undefined);
        assert.ok(!(await idsOf(each)).includes(hall.id));
        const own = await rooms.listRoomsOf(each.id, 10);
        assert.ok(own.every((listed) => listed.room.id !== hall.id));
        assert.equal(await rooms.addMember(hall.id, each.id, NOON_MS), 'no-room');
        const [outcome] = await store.log.commit([command({ roomId: hall.id, userId: each.id })]);
        assert.equal(outcome?.kind, 'rejected');
      }
      assert.deepEqual(await listAll(), ['secret alice 1']);
      // The name is free.
      const again = room('hall');
      assert.deepEqual(await rooms.createRoom(again, ownedBy(bob), NOON_MS), again);
      assert.deepEqual(await rooms.listHiddenRooms(undefined, 10), [hall.id]);
      assert.equal((await rooms.endMemberships(hall.id, 2)).length, 1);
      assert.equal((await rooms.endMemberships(hall.id, 2)).length, 0);
      const cut = { beforeMs: Number.MAX_SAFE_INTEGER, eventsMax: 100 };
      await store.log.deleteMessagesOlderThan(hall.id, cut);
      assert.equal(await rooms.deleteRoom(hall.id, 100), true);
      assert.deepEqual(await rooms.listHiddenRooms(undefined, 10), []);
      const [entry] = await store.audit.listAudit({ action: 'room.delete', limit: 2 });
      assert.deepEqual([entry?.actor, entry?.target], [alice.id, hall.id]);
    });

    test('deletes a room in steps of so many keys and memberships', async () => {
      const ids = ['c1', 'c2', 'c3'];
      const about = { roomId: lobby.id, userId: alice.id };
      await store.log.commit(ids.map((clientMessageId) => command({ ...about, clientMessageId })));

      let steps = 1;
      while (!(await rooms.deleteRoom(lobby.id, 2))) steps += 1;

      assert.ok(steps > 1);
      assert.deepEqual(await rooms.listRoomsOf(alice.id, 10), []);
    });

    test('deletes a room with all its messages', async () => {
      await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);

      assert.equal(await rooms.deleteRoom(lobby.id, 100), true);

      const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 10 };
      assert.deepEqual(await store.log.readHistory(page), { messages: [], hasMore: false });
      assert.deepEqual(await rooms.listRoomsOf(alice.id, 10), []);
    });
  });
}
