import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { foldName, type MessageId, type UserId } from '@parley/protocol';
import type { MembershipChange } from '../../src/model/membership-change.ts';
import { lookOf } from '../../src/model/name-keys.ts';
import type { Room, RoomRole } from '../../src/model/room.ts';
import type { AccessLostReason } from '../../src/model/room-event.ts';
import { OWN_ISSUER, type User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BY,
  blockUser,
  change,
  command,
  createDirectRoom,
  epochOf,
  NOON_MS,
  newUserId,
  ownedBy,
  room,
  user,
  withLobby,
} from '../support/records.ts';

export function testAccess(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: end of membership`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let carol: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
      carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
    });
    afterEach(() => store.close());

    const end = async (
      reason: AccessLostReason,
      by: User,
      subjectId: UserId,
      roomId: Room['id'] = lobby.id,
    ) => {
      const wanted = { kind: 'access-lost', roomId, userId: by.id, subjectId, reason } as const;
      const [outcome] = await store.log.commit([change(wanted)]);
      assert(outcome !== undefined);
      return outcome;
    };
    const send = async (who: User, roomId: Room['id'] = lobby.id) => {
      const [outcome] = await store.log.commit([command({ roomId, userId: who.id })]);
      return outcome?.kind;
    };
    const find = (who: User) => store.rooms.findRoom({ kind: 'id', id: lobby.id }, who.id);
    const forbidden = { kind: 'rejected', code: 'FORBIDDEN' };
    const nobody = { kind: 'rejected', code: 'NOT_FOUND', field: 'userId' };

    test('ends a membership as a log event, and the permission to write with it', async () => {
      const outcome = await end('left', bob, bob.id);

      assert(outcome.kind === 'stored');
      const epoch = await epochOf(store, lobby.id, bob.id);
      const place = { roomId: lobby.id, epoch, sequence: 1, ordinal: 0, createdAtMs: NOON_MS };
      const lost = { kind: 'access-lost', userId: bob.id, username: 'bob', reason: 'left' };
      const event = { ...place, actorId: bob.id, ...lost };
      assert.deepEqual(outcome.event, event);
      assert.deepEqual((await store.log.readEvents(lobby.id, 0, 9)).events, [event]);
      assert.equal((await find(bob))?.role, undefined);
      assert.deepEqual(await store.rooms.listRoomsOf(bob.id, 9), []);
      assert.equal(await send(bob), 'rejected');
    });

    test('notes gains and ends of memberships for the timeline', async () => {
      const { rooms } = store;
      const query = { roomId: lobby.id, from: 0, to: undefined };
      const direct = await createDirectRoom(store, [alice, bob]);

      await end('removed', alice, bob.id);
      const again = await rooms.addMember(lobby.id, bob.id, NOON_MS + 1, alice.id);
      const twice = await rooms.addMember(lobby.id, bob.id, NOON_MS + 2);
      await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);
      const ban = { kind: 'access-lost', subjectId: bob.id, reason: 'banned' } as const;
      const by = { roomId: lobby.id, userId: alice.id, admittedAtMs: NOON_MS + 3 };
      await store.log.commit([change({ ...ban, ...by })]);
      await rooms.addMember(direct.id, carol.id, NOON_MS);

      const byAlice = ({ actorId }: MembershipChange) => actorId === alice.id;
      const changes = (await rooms.listMembershipChanges(query)).filter(byAlice);
      assert.deepEqual(
        changes.map(({ kind, username }) => [kind, username]),
        [
          ['removed', 'bob'],
          ['joined', 'bob'],
          ['banned', 'bob'],
        ],
      );
      const places = changes.map(({ afterSequence }) => afterSequence);
      assert.deepEqual(places, places.toSorted());
      assert.deepEqual(
        [typeof again, twice],
        ['object', { kind: 'member', notedAfter: undefined }],
      );
      const [last] = changes.slice(-1);
      const behind = { ...query, from: (last?.afterSequence ?? 0) + 1 };
      assert.deepEqual(await rooms.listMembershipChanges(behind), []);
      assert.deepEqual(await rooms.listMembershipChanges({ ...query, roomId: direct.id }), []);
    });

    test('lets users in with the text that brings them, in its place, and with none that is refused', async () => {
      const [dave, erin] = [user('dave'), user('erin')];
      for (const each of [dave, erin]) await store.accounts.insertUser(each, 'hash');
      const mentions = { everyone: false, names: ['dave', 'erin'] };
      const admits = [
        { userId: dave.id, as: 'member' },
        { userId: erin.id, as: 'invited' },
      ] as const;
      const about = { roomId: lobby.id, userId: alice.id, mentions, admits };
      const isIn = async (who: User) => (await find(who))?.role !== undefined;
      const unreadOf = async (who: User) => {
        const { members } = await store.rooms.readUnread(lobby.id, [who.id]);
        return members.map(({ unread }) => [unread.unreadCount, unread.mentionCount]);
      };
      const clientMessageId = 'once';
      const nowhere = { parentId: randomUUIDv7() as MessageId };
      const refused = await store.log.commit([
        command({ ...about, ...nowhere }),
        command({ ...about, userId: randomUUIDv7() as UserId }),
      ]);
      assert.deepEqual(
        refused.map(({ kind }) => kind),
        ['rejected', 'rejected'],
      );
      assert.deepEqual(
        [await isIn(dave), await store.invitations.listInvited([lobby.id])],
        [...[false, new Map()]],
      );

      const stored = command({ ...about, clientMessageId });
      const outcomes = await store.log.commit([
        command({ roomId: lobby.id, userId: alice.id, mentions }),
        stored,
        command({ roomId: lobby.id, userId: alice.id }),
      ]);
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['stored', 'stored', 'stored'],
      );
      assert.deepEqual([await isIn(dave), await isIn(erin)], [true, false]);
      assert.equal(
        (await store.invitations.findInvitation(erin.id, lobby.id))?.inviterId,
        alice.id,
      );
      // The mention, and the message behind it: what was before is read.
      assert.deepEqual(await unreadOf(dave), [[2, 1]]);
      const changes = await store.rooms.listMembershipChanges({
        ...{ roomId: lobby.id, from: 0, to: undefined },
      });
      const noted = changes.find(({ userId }) => userId === dave.id);
      assert.deepEqual([noted?.kind, noted?.actorId], ['joined', alice.id]);

      await end('left', dave, dave.id);
      const [repeated] = await store.log.commit([
        { ...stored, messageId: randomUUIDv7() as MessageId },
      ]);
      assert.deepEqual([repeated?.kind, await isIn(dave)], ['duplicate', false]);
      const { messageId } = stored;
      const by = { roomId: lobby.id, userId: alice.id, mentions };
      const written = { ...by, kind: 'edit', messageId, content: '@dave' } as const;
      await store.log.commit([change(written)]);
      assert.equal(await isIn(dave), false);
      const readUpTo = { sequence: 1, ordinal: 1 };
      await store.log.commit([change({ ...written, admits: [{ ...admits[0], readUpTo }] })]);
      assert.deepEqual([await isIn(dave), await unreadOf(dave)], [true, [[2, 1]]]);
    });

    test('reports in a snapshot whether the reader is a member at that time', async () => {
      await end('left', bob, bob.id);
      const read = {
        roomId: lobby.id,
        position: undefined,
        historyCount: 9,
        catchUpMax: 9,
        bytesMax: 1_000_000,
      };

      assert.equal((await store.log.readRoom({ ...read, userId: bob.id }))?.isMember, false);
      assert.equal((await store.log.readRoom({ ...read, userId: carol.id }))?.isMember, true);
    });

    test('includes losses of access of all members in what a client catches up', async () => {
      await end('removed', alice, bob.id);
      const position = { lastSequence: 0, epoch: undefined, lastId: undefined };

      const state = await store.log.readRoom({
        roomId: lobby.id,
        userId: carol.id,
        position,
        historyCount: 9,
        bytesMax: 1_000_000,
        catchUpMax: 9,
      });

      assert.deepEqual(
        state?.events.map(({ kind, sequence }) => [kind, sequence]),
        [['access-lost', 1]],
      );
    });

    test('lets only members of a higher rank remove others', async () => {
      assert.deepEqual(await end('removed', bob, carol.id), forbidden);
      assert.deepEqual(await end('removed', bob, alice.id), forbidden);
      assert.deepEqual(await end('removed', alice, alice.id), forbidden);
      assert.deepEqual(await end('left', bob, carol.id), forbidden);
      assert.equal((await end('removed', alice, bob.id)).kind, 'stored');
    });

    test('rejects removing a user who is not a member', async () => {
      await end('removed', alice, bob.id);

      assert.deepEqual(await end('removed', alice, bob.id), nobody);
      assert.deepEqual(await end('removed', alice, newUserId()), nobody);
    });

    test('lets removed members rejoin and keeps banned ones out', async () => {
      await end('removed', alice, bob.id);
      await end('banned', alice, carol.id);

      assert.equal(typeof (await store.rooms.addMember(lobby.id, bob.id, NOON_MS)), 'object');
      assert.equal(await store.rooms.addMember(lobby.id, carol.id, NOON_MS), 'banned');
      const ban = { untilMs: undefined, reason: '' };
      const found = { room: lobby, role: undefined, ban, workspaceRole: undefined };
      assert.deepEqual(await find(carol), found);
    });

    describe('when the owner leaves', () => {
      let ops: Room;
      beforeEach(async () => {
        const assistant = user('assistant');
        const own = { issuer: OWN_ISSUER, subject: 'assistant', passwordHash: 'none' };
        await store.accounts.insertExternalUser(assistant, own);
        ops = room('ops');
        await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
        for (const [index, { id }] of [assistant, carol, bob].entries()) {
          await store.rooms.addMember(ops.id, id, NOON_MS + 1 + index);
        }
      });

      const owners = async () => {
        const page = { after: undefined, limit: 9 };
        const members = await store.rooms.listMembers(ops.id, page);
        return members.filter(({ role }) => role === 'owner').map(({ user: { id } }) => id);
      };

      test('makes the longest-standing member the owner', async () => {
        await end('left', bob, bob.id, ops.id);
        assert.deepEqual(await owners(), [alice.id]);
        await store.rooms.addMember(ops.id, bob.id, NOON_MS + 9);

        await end('left', alice, alice.id, ops.id);

        assert.deepEqual(await owners(), [carol.id]);
        assert.equal((await end('removed', carol, bob.id, ops.id)).kind, 'stored');
        await end('left', carol, carol.id, ops.id);
        assert.deepEqual(await owners(), []); // Only the assistant is left.
      });

      test('makes a moderator the owner before members, and members before guests, of those who can use it', async () => {
        const people = [
          ['gone', { role: 'member' }, 'deleted'],
          ['shut', { role: 'admin' }, 'disabled'],
          ['away', { role: 'member' }, 'suspended'],
          ['guest', { role: 'guest' }, 'member'],
          ['back', { role: 'member' }, 'was suspended'],
          ['other', { role: 'member' }, 'member'],
          ['mod', { role: 'member' }, 'moderator'],
        ] as const;
        const hall = room('hall');
        await store.rooms.createRoom(hall, ownedBy(alice), NOON_MS);
        const ids = new Map<string, UserId>();
        for (const [index, [name, over, state]] of people.entries()) {
          const person = user(name, over);
          ids.set(name, person.id);
          await store.accounts.insertUser(person, 'hash');
          await store.rooms.addMember(hall.id, person.id, NOON_MS + index);
          const untilMs = state === 'suspended' ? NOON_MS + 9 : NOON_MS;
          const by = { ...BY, atMs: NOON_MS - 9 };
          if (state === 'disabled') await store.sessions.setDisabled(person.id, by.atMs, by);
          if (state.endsWith('suspended')) {
            const suspension = { untilMs, reason: '' };
            await store.sessions.setDisabled(person.id, by.atMs, by, suspension);
          }
          if (state === 'moderator') await store.rooms.giveRole(hall.id, person.id, state, BY);
          if (state === 'deleted') {
            const names = { username: 'deleted-9', displayName: 'Deleted user' };
            const removal = { messages: 'keep', removalId: 'r9' } as const;
            await store.removals.deleteAccount({ userId: person.id, ...names, ...removal }, BY);
          }
        }
        ops = hall;
        const heirs: (string | undefined)[] = [];
        for (
          let leaver: UserId | undefined = alice.id;
          leaver !== undefined;
          [leaver] = await owners()
        ) {
          const leaving: UserId = leaver;
          await end('left', { id: leaving } as User, leaving, hall.id);
          const [next] = await owners();
          heirs.push([...ids].find(([, id]) => id === next)?.[0]);
        }
        assert.deepEqual(heirs, ['mod', 'back', 'other', 'guest', undefined]);
        const entries = await store.audit.listAudit({ actor: 'server', limit: 9 });
        const shown = entries.map(({ action, target, detail }) => [action, target, detail]);
        assert.deepEqual(shown.slice(0, 2), [
          ['room.update', hall.id, 'without-owner'],
          ['member.role', ids.get('guest'), `${hall.id} owner`],
        ]);
      });

      test('or when the account is disabled for good, and becomes a moderator', async () => {
        const suspension = { untilMs: NOON_MS + 9, reason: '' };
        await store.sessions.setDisabled(alice.id, NOON_MS, BY, suspension);
        assert.deepEqual(await owners(), [alice.id]);
        await store.sessions.setDisabled(alice.id, NOON_MS, BY);
        assert.deepEqual(await owners(), [carol.id]);
        const members = await store.rooms.listMembers(ops.id, { after: undefined, limit: 9 });
        assert.equal(members.find(({ user: { id } }) => id === alice.id)?.role, 'moderator');
      });

      test('applies to later commands of the same batch', async () => {
        const about = { kind: 'access-lost', roomId: ops.id } as const;
        const outcomes = await store.log.commit([
          change({ ...about, userId: carol.id, subjectId: bob.id, reason: 'removed' }),
          change({ ...about, userId: alice.id, subjectId: alice.id, reason: 'left' }),
          change({ ...about, userId: carol.id, subjectId: bob.id, reason: 'removed' }),
        ]);

        assert.deepEqual(
          outcomes.map(({ kind }) => kind),
          ['rejected', 'stored', 'stored'],
        );
      });

      test('does not appoint an owner if another one remains', async () => {
        ops = room('desk');
        const members = [alice, bob].map(({ id: userId }) => ({ userId, role: 'owner' }) as const);
        await store.rooms.createRoom(
          ops,
          [{ userId: carol.id, role: 'member' }, ...members],
          NOON_MS,
        );

        await end('left', alice, alice.id, ops.id);

        assert.deepEqual(await owners(), [bob.id]);
      });
    });

    test('bans a user who is not a member without an event', async () => {
      const dave = user('dave');
      await store.accounts.insertUser(dave, 'hash');

      assert.deepEqual(await end('banned', alice, dave.id), { kind: 'unlogged' });
      assert.deepEqual(await end('banned', alice, dave.id), { kind: 'unlogged' });

      assert.equal(await store.rooms.addMember(lobby.id, dave.id, NOON_MS), 'banned');
      assert.deepEqual((await store.log.readEvents(lobby.id, 0, 9)).events, []);
    });

    test('lets a user rejoin after the ban is lifted', async () => {
      await end('banned', alice, carol.id);

      assert.equal(await store.rooms.liftBan(lobby.id, carol.id, BY), 'done');
      assert.equal(await store.rooms.liftBan(lobby.id, carol.id, BY), 'absent');

      assert.equal(typeof (await store.rooms.addMember(lobby.id, carol.id, NOON_MS)), 'object');
    });

    test('lists the members of a room by id in pages, and the memberships of a user', async () => {
      const ids = [alice.id, bob.id, carol.id].sort();
      const page = async (after: UserId | undefined, limit: number) =>
        (await store.rooms.listMembers(lobby.id, { after, limit })).map(({ user: { id } }) => id);
      const ops = room('ops', { createdAtMs: NOON_MS + 1 });
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);

      assert.deepEqual(await page(undefined, 9), ids);
      assert.deepEqual(await page(ids[0], 1), [ids[1]]);
      const members = await store.rooms.listMembers(lobby.id, { after: undefined, limit: 9 });
      const [ofAlice] = members.filter(({ user: { id } }) => id === alice.id);
      assert.deepEqual(ofAlice, { user: alice, role: 'owner', lastSeenAtMs: undefined });
      assert.deepEqual(await store.rooms.listMemberships(alice.id, 9), [
        { roomId: ops.id, kind: 'room' },
        { roomId: lobby.id, kind: 'room' },
      ]);
      assert.equal((await store.rooms.listMemberships(alice.id, 1)).length, 1);

      const ofUsers = await store.rooms.listRoomIdsOf([alice.id, bob.id], 9);
      const sorted = [...ofUsers].map(([userId, roomIds]) => [userId, roomIds.toSorted()]);
      assert.deepEqual(Object.fromEntries(sorted), {
        [alice.id]: [lobby.id, ops.id].sort(),
        [bob.id]: [lobby.id],
      });
      const limited = await store.rooms.listRoomIdsOf([alice.id], 1);
      assert.equal(limited.get(alice.id)?.length, 1);
    });

    test('lists those with whom a user shares a room, a conversation also after a block, or an invitation', async () => {
      const dave = user('dave');
      await store.accounts.insertUser(dave, 'hash');
      const directKey = (one: User, other: User) => `direct:${[one.id, other.id].sort().join(':')}`;
      const listed = async (who: User) => {
        const others = [alice, bob, dave].filter(({ id }) => id !== who.id);
        const asked = others.map((each) => ({ id: each.id, directKey: directKey(who, each) }));
        const found = await store.rooms.listAcquainted(who.id, asked);
        return others.flatMap(({ id, username }) => (found.includes(id) ? [username] : []));
      };
      assert.deepEqual([await listed(alice), await listed(dave)], [['bob'], []]);
      assert.deepEqual(await store.rooms.listAcquainted(alice.id, []), []);

      const between = { kind: 'direct', visibility: 'private', nameKey: directKey(bob, dave) };
      await store.rooms.createRoom(room('', between as Partial<Room>), [member(bob)], NOON_MS);
      assert.deepEqual([await listed(bob), await listed(dave)], [['alice', 'dave'], []]);
      const target = { kind: 'group', id: lobby.id } as const;
      await store.invitations.insertInvitations([
        { userId: dave.id, target, inviterId: alice.id, createdAtMs: NOON_MS },
      ]);
      assert.deepEqual([await listed(dave), await listed(alice)], [['alice'], ['bob']]);
    });

    const member = ({ id: userId }: User): { userId: UserId; role: RoomRole } => ({
      userId,
      role: 'member',
    });
    const direct = async (...people: User[]): Promise<Room> => {
      const between = room('', { kind: 'direct', visibility: 'private', nameKey: 'direct:a:b' });
      return store.rooms.createRoom(between, people.map(member), NOON_MS);
    };

    test('creates one direct room for two users, whoever opens it', async () => {
      const one = await direct(alice, bob);
      const other = await direct(bob, alice);

      assert.equal(one.id, other.id);
      assert.equal(
        (await store.rooms.listMembers(one.id, { after: undefined, limit: 9 })).length,
        2,
      );
    });

    test('ends the membership of a direct room with a block, without an event', async () => {
      const { id } = await createDirectRoom(store, [alice, bob]);
      const sent = command({ roomId: id, userId: alice.id });
      await store.log.commit([sent]);

      const ended = await blockUser(store, bob.id, alice.id, NOON_MS);
      const again = await blockUser(store, bob.id, alice.id, NOON_MS);
      const [accepted] = await store.log.commit([command({ roomId: id, userId: alice.id })]);
      const ofBob = await send(bob, id);
      const deletion = { kind: 'deletion', roomId: id, userId: alice.id } as const;
      const [deleted] = await store.log.commit([
        change({ ...deletion, messageId: sent.messageId }),
      ]);
      const elsewhere = await send(alice);
      await store.accounts.unblock(bob.id, alice.id);

      assert.deepEqual([ended, again], [id, undefined]);
      assert.deepEqual(accepted?.kind === 'stored' && accepted.event.sequence, 2);
      assert.deepEqual([ofBob, deleted?.kind, elsewhere], ['rejected', 'stored', 'stored']);
      assert.equal(await send(alice, id), 'stored');
    });

    test('rejects leaving and moderating a direct room', async () => {
      const { id } = await direct(alice, bob);
      const sent = command({ roomId: id, userId: alice.id });
      await store.log.commit([sent]);

      assert.deepEqual(await end('left', bob, bob.id, id), forbidden);
      assert.deepEqual(await end('removed', bob, alice.id, id), forbidden);
      const deletion = { kind: 'deletion', roomId: id, userId: bob.id } as const;
      const [outcome] = await store.log.commit([
        change({ ...deletion, messageId: sent.messageId }),
      ]);
      assert.deepEqual(outcome, forbidden);
    });

    test('finds users by the beginning of any word of their names', async () => {
      const list = async (start: string, limit = 9) =>
        (await store.accounts.listUsersByWord(start, limit, NOON_MS)).users;
      const nameOf = (word: string) => `José Ñandú-${word}`;

      await store.accounts.setDisplayName(alice, nameOf(alice.username));

      const renamed = { ...alice, displayName: nameOf(alice.username) };
      const folded = foldName(alice.username);
      for (const start of [`jose nandu ${folded}`, `nandu ${folded}`, folded, folded.slice(0, 3)]) {
        assert.deepEqual(await list(start), [renamed], start);
      }
      assert.deepEqual(await list(`${folded} other`), []);
      assert.equal((await list('', 2)).length <= 2, true);
      const hasMore = async (start: string, limit: number) =>
        (await store.accounts.listUsersByWord(start, limit, NOON_MS)).hasMore;
      assert.deepEqual([await hasMore('', 1), await hasMore(folded, 9)], [true, false]);
      await store.accounts.setDisplayName(alice, alice.username);
      assert.deepEqual(await list(`nandu ${folded}`), []);
      assert.deepEqual(await list(folded), [alice]);
    });

    test('finds members of a room by the beginning of any word of their names', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      await store.rooms.addMember(ops.id, bob.id, NOON_MS);
      const list = async (start: string, bounds = { limit: 9, scannedMax: 9 }) => {
        const found = await store.accounts.listMembersByWord(ops.id, start, {
          ...bounds,
          nowMs: NOON_MS,
        });
        return new Set(found.map(({ user }) => user.id));
      };

      assert.deepEqual(await list(foldName(bob.username)), new Set([bob.id]));
      assert.deepEqual(await list(foldName(carol.username)), new Set());
      assert.deepEqual(await list(''), new Set([alice.id, bob.id]));
      assert.equal((await list('', { limit: 1, scannedMax: 9 })).size, 1);
    });

    test('finds no disabled users, and counts none of them against a limit', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      for (const { id } of [bob, carol]) await store.rooms.addMember(ops.id, id, NOON_MS);
      const names = [alice, bob, carol].map(({ username }) => `nandu ${username}`);
      for (const [index, each] of [alice, bob, carol].entries()) {
        await store.accounts.setDisplayName(each, names[index] ?? '');
      }
      const found = async () => {
        const { users, hasMore } = await store.accounts.listUsersByWord('nandu', 2, NOON_MS);
        const bounds = { limit: 2, scannedMax: 9, nowMs: NOON_MS };
        const members = await store.accounts.listMembersByWord(ops.id, 'nandu', bounds);
        const ids = (some: readonly User[]) => some.map(({ id }) => id).sort();
        return { users: ids(users), members: ids(members.map(({ user }) => user)), hasMore };
      };

      await store.sessions.setDisabled(alice.id, NOON_MS, BY);
      const without = await found();
      await store.sessions.setDisabled(alice.id, undefined, BY);
      const { hasMore } = await found();

      const others = [bob.id, carol.id].sort();
      assert.deepEqual(without, { users: others, members: others, hasMore: false });
      assert.equal(hasMore, true);
    });

    test('knows which shown names look the same', async () => {
      const find = (id: User['id']) => store.accounts.findUser({ kind: 'id', id });
      const isShared = async (who: User) => (await find(who.id))?.isNameShared === true;
      const both = async () => [await isShared(alice), await isShared(bob)];

      const counts = [await both()];
      await store.accounts.setDisplayName(alice, `Zoë of ${alice.username}`);
      await store.accounts.setDisplayName(bob, `ZOE\u200b of ${alice.username}`);
      counts.push(await both());
      const look = lookOf(`zoe of ${alice.username}`);
      const found = await store.accounts.listUsersByLook(look, 9);
      await store.accounts.setDisplayName(bob, bob.username);
      counts.push(await both());

      assert.deepEqual(counts, [
        [false, false],
        [true, true],
        [false, false],
      ]);
      assert.deepEqual(new Set(found.map(({ id }) => id)), new Set([alice.id, bob.id]));
      assert.equal(
        found.every(({ isNameShared }) => isNameShared),
        true,
      );
    });

    test('finds users by the name that they show, and by id', async () => {
      const name = `Zoë of ${alice.username}`;

      await store.accounts.setDisplayName(alice, name);

      const renamed = { ...alice, displayName: name };
      assert.deepEqual(await store.accounts.findUser({ kind: 'id', id: alice.id }), renamed);
      const ids = [bob.id, alice.id, 'nobody' as User['id']];
      const found = await store.accounts.listUsers(ids);
      assert.deepEqual(new Set(found), new Set([bob, renamed]));
      const named = [bob.username.toUpperCase(), 'nobody-here', alice.username];
      const both = await store.accounts.listUsers([alice.id], named);
      assert.deepEqual(new Set(both), new Set([bob, renamed]));
      assert.equal(both.length, 2);
    });

    test('knows which users the server itself created', async () => {
      const { accounts } = store;
      const bot = { ...user('bot'), isBot: true };
      await accounts.insertExternalUser(bot, {
        ...{ issuer: OWN_ISSUER, subject: bot.username, passwordHash: 'none' },
      });

      assert.deepEqual(await accounts.findExternalUser(OWN_ISSUER, bot.username), bot);
      const listed = await accounts.listUsers([bot.id, alice.id]);
      assert.deepEqual(
        listed.filter(({ isBot }) => isBot).map(({ id }) => id),
        [bot.id],
      );
    });

    test('keeps the id and the picture of a user of another application, and finds them by the id', async () => {
      const { accounts } = store;
      const externalId = `u-${alice.username}`;
      const avatarUrl = 'https://app.example.org/dora.png';
      const [dora, other] = [user('dora'), user('other')].map((each) => ({ ...each, externalId }));
      assert(dora !== undefined && other !== undefined);
      const external = { subject: externalId, passwordHash: 'none' };
      await accounts.insertExternalUser({ ...dora, avatarUrl }, { ...external, issuer: 'one' });

      assert.deepEqual(await accounts.listUsersByExternalId([externalId, 'nobody']), [
        { ...dora, avatarUrl },
      ]);
      await accounts.setAvatarUrl(dora.id, undefined);
      await accounts.insertExternalUser(other, { ...external, issuer: 'two' });

      assert.deepEqual(await accounts.findExternalUser('one', externalId), dora);
      const found = await accounts.listUsersByExternalId([externalId]);
      assert.deepEqual(new Set(found), new Set([dora, other]));
      assert.deepEqual(await accounts.listUsersByExternalId([dora.id]), []);
    });

    test('lists the users whom a user has blocked', async () => {
      await blockUser(store, alice.id, bob.id, NOON_MS);
      await blockUser(store, alice.id, carol.id, NOON_MS + 1);
      await blockUser(store, alice.id, bob.id, NOON_MS + 2);

      assert.deepEqual(await store.accounts.listBlocked(alice.id, 9), [carol, bob]);
      assert.equal(await store.accounts.isBlockedBetween(bob.id, alice.id), true);
      assert.equal(await store.accounts.isBlockedBetween(bob.id, carol.id), false);
      const among = [alice.id, bob.id, carol.id];
      const blocked = [bob.id, carol.id].sort();
      assert.deepEqual(await store.accounts.listBlockedBetween(alice.id, among), blocked);
      assert.deepEqual(await store.accounts.listBlockedBetween(bob.id, among), [alice.id]);
      assert.equal(await store.accounts.unblock(alice.id, bob.id), true);
      assert.equal(await store.accounts.unblock(alice.id, bob.id), false);
      assert.equal(await store.accounts.isBlockedBetween(alice.id, bob.id), false);
    });
  });
}
