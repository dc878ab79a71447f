import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId, UserId } from '@parley/protocol';
import type { By } from '../../src/model/audit.ts';
import type { LogCommand } from '../../src/model/log-command.ts';
import type { Restriction } from '../../src/model/restriction.ts';
import type { Room } from '../../src/model/room.ts';
import { isBelow, SANCTION_RANKS, type SanctionRank } from '../../src/model/sanctions.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BY,
  change,
  command,
  invite,
  NOON_MS,
  newUserId,
  session,
  user,
  withLobby,
} from '../support/records.ts';

const HOUR_MS = 60 * 60_000;
const MUTE = { untilMs: NOON_MS + HOUR_MS, reason: 'shouting' };

export function testRestrictions(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: bans and mutes with an end`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    let written: MessageId;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
      const said = command({ roomId: lobby.id, userId: bob.id });
      await store.log.commit([said]);
      written = said.messageId;
      await store.rooms.setMute(lobby.id, bob.id, MUTE, { ...BY, actor: alice.id });
    });
    afterEach(() => store.close());

    const commit = async (wanted: LogCommand) => (await store.log.commit([wanted]))[0];
    const say = (admittedAtMs: number, over: object = {}) =>
      commit(command({ roomId: lobby.id, userId: bob.id, admittedAtMs, ...over }));
    const own = () => ({ roomId: lobby.id, userId: bob.id, messageId: written });
    const list = async (kind: 'ban' | 'mute', nowMs = NOON_MS, after?: UserId) => {
      const found = await store.rooms.listRestricted(kind, lobby.id, { after, limit: 9, nowMs });
      return found.map(({ user: { username }, untilMs, reason, createdBy }) => {
        return { username, untilMs, reason, createdBy };
      });
    };
    const ban = (userId: UserId, to: Restriction | undefined) =>
      commit(
        change({
          ...{ kind: 'access-lost', roomId: lobby.id, userId: alice.id, subjectId: userId },
          ...{ reason: 'banned', ban: to },
        }),
      );
    const refused = { kind: 'rejected', code: 'FORBIDDEN', mute: MUTE };

    test('a muted member writes nothing, and withdraws own messages', async () => {
      assert.deepEqual(await say(NOON_MS), refused);
      const parentId = written;
      assert.deepEqual(await say(NOON_MS, { parentId }), refused);
      const mentions = { everyone: true, names: [] };
      const edit = { ...own(), kind: 'edit', content: 'again', mentions } as const;
      assert.deepEqual(await commit(change(edit)), refused);
      for (const kind of ['reaction-added', 'reaction-removed'] as const) {
        assert.deepEqual(await commit(change({ ...own(), kind, emoji: '👍' })), refused);
      }
      for (const kind of ['pin', 'unpin'] as const) {
        assert.deepEqual(await commit(change({ ...own(), kind })), refused);
      }

      const others = await commit(command({ roomId: lobby.id, userId: alice.id }));
      assert.equal(others?.kind, 'stored');
      assert.equal((await commit(change({ ...own(), kind: 'deletion' })))?.kind, 'stored');
    });

    test('a mute ends at its time, and when it is lifted', async () => {
      assert.deepEqual(await say(MUTE.untilMs - 1), refused);
      assert.equal((await say(MUTE.untilMs))?.kind, 'stored');

      assert.equal(await store.rooms.setMute(lobby.id, bob.id, undefined, BY), 'done');
      assert.equal((await say(NOON_MS))?.kind, 'stored');
      assert.equal(await store.rooms.setMute(lobby.id, bob.id, undefined, BY), 'absent');
      assert.deepEqual(await list('mute'), []);
    });

    test('the mutes of some users are listed together', async () => {
      const ofBob = { userId: bob.id, roomId: lobby.id, mute: MUTE };
      const longer = { untilMs: NOON_MS + 2 * HOUR_MS, reason: '' };
      await store.rooms.setMute(lobby.id, alice.id, longer, BY);
      const page = { nowMs: MUTE.untilMs - 1, limit: 9 };

      assert.deepEqual(await store.rooms.listMutesOf([bob.id], page), [ofBob]);
      const both = [{ ...ofBob, userId: alice.id, mute: longer }, ofBob];
      const listed = await store.rooms.listMutesOf([alice.id, bob.id], page);
      const byEnd = listed.toSorted((one, other) => other.mute.untilMs - one.mute.untilMs);
      assert.deepEqual(byEnd, both);
      const [, ...more] = await store.rooms.listMutesOf([alice.id, bob.id], { ...page, limit: 1 });
      assert.deepEqual(more, []);
      const ended = await store.rooms.listMutesOf([bob.id], { ...page, nowMs: MUTE.untilMs });
      assert.deepEqual(ended, []);
    });

    test('another mute replaces the first one', async () => {
      const longer = { untilMs: NOON_MS + 2 * HOUR_MS, reason: '' };
      await store.rooms.setMute(lobby.id, bob.id, longer, BY);

      assert.deepEqual(await say(MUTE.untilMs), { ...refused, mute: longer });
      const [entry] = await list('mute');
      assert.deepEqual([entry?.untilMs, entry?.reason], [longer.untilMs, '']);
    });

    test('a mute stays after leaving and joining again, and also awaits who joins', async () => {
      const left = { kind: 'access-lost', subjectId: bob.id, reason: 'left' } as const;
      await commit(change({ ...left, roomId: lobby.id, userId: bob.id }));
      const added = await store.rooms.addMember(lobby.id, bob.id, NOON_MS);
      assert(typeof added === 'object');
      assert.equal(added.mutedUntilMs, MUTE.untilMs);
      assert.deepEqual(await say(NOON_MS), refused);

      const carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');
      await store.rooms.setMute(lobby.id, carol.id, MUTE, BY);
      await store.rooms.addMember(lobby.id, carol.id, NOON_MS);
      assert.deepEqual(await say(NOON_MS, { userId: carol.id }), refused);
    });

    test('the member and the moderators see it', async () => {
      const entry = {
        ...{ username: 'bob', untilMs: MUTE.untilMs },
        ...{ reason: 'shouting', createdBy: alice.id },
      };
      assert.deepEqual(await list('mute'), [entry]);
      assert.deepEqual(await list('mute', MUTE.untilMs), []);
      assert.deepEqual(await list('mute', NOON_MS, bob.id), []);
      const found = await store.rooms.findRoom({ kind: 'id', id: lobby.id }, bob.id);
      assert.deepEqual(found?.mute, MUTE);
      const [listed] = await store.rooms.listRoomsOf(bob.id, 9);
      assert.deepEqual(listed?.membership?.mute, MUTE);
      const [membership] = await store.rooms.listMemberships(bob.id, 9);
      assert.equal(membership?.mutedUntilMs, MUTE.untilMs);
      const [other] = await store.rooms.listRoomsOf(alice.id, 9);
      assert.equal(other?.membership?.mute, undefined);
    });

    test('a ban ends at its time', async () => {
      const to = { untilMs: NOON_MS + HOUR_MS, reason: 'spam' };
      assert.equal((await ban(bob.id, to))?.kind, 'stored');

      assert.equal(await store.rooms.addMember(lobby.id, bob.id, to.untilMs - 1), 'banned');
      const entry = { username: 'bob', ...to, createdBy: alice.id };
      assert.deepEqual(await list('ban'), [entry]);
      assert.deepEqual(await list('ban', to.untilMs), []);
      assert.deepEqual((await store.rooms.findRoom({ kind: 'id', id: lobby.id }, bob.id))?.ban, to);
      assert.equal(typeof (await store.rooms.addMember(lobby.id, bob.id, to.untilMs)), 'object');
    });

    test('another ban replaces the first one', async () => {
      await ban(bob.id, { untilMs: NOON_MS + HOUR_MS, reason: 'spam' });
      assert.deepEqual(await ban(bob.id, undefined), { kind: 'unlogged' });

      const forever = { untilMs: undefined, reason: '' };
      assert.deepEqual(await list('ban'), [{ username: 'bob', ...forever, createdBy: alice.id }]);
      assert.equal(await store.rooms.addMember(lobby.id, bob.id, 9 * NOON_MS), 'banned');
      assert.equal(await store.rooms.liftBan(lobby.id, newUserId(), BY), 'absent');
    });

    /** The makers of sanctions by rank. */
    const makers = async (): Promise<ReadonlyMap<SanctionRank, By['actor']>> => {
      const made = new Map<SanctionRank, By['actor']>([['operator', BY.actor]]);
      for (const rank of SANCTION_RANKS.filter((each) => each !== 'operator')) {
        const role = rank === 'room-owner' || rank === 'room-moderator' ? 'member' : rank;
        const maker = user(rank, { role });
        await store.accounts.insertUser(maker, 'hash');
        await store.rooms.addMember(lobby.id, maker.id, NOON_MS);
        const roomRole = rank === 'room-owner' ? 'owner' : 'moderator';
        if (role === 'member') await store.rooms.giveRole(lobby.id, maker.id, roomRole, BY);
        made.set(rank, maker.id);
      }
      return made;
    };
    type Wanted = { readonly untilMs: number; readonly reason: string } | undefined;
    /** `done`, or why not. */
    const ACTS: Readonly<Record<string, (to: Wanted, by: By) => Promise<string>>> = {
      mute: (to, by) => store.rooms.setMute(lobby.id, bob.id, to, by),
      async ban(to, by) {
        if (to === undefined) return store.rooms.liftBan(lobby.id, bob.id, by);
        // The operator bans nobody.
        if (by.actor === BY.actor) return 'done';
        const ended = await commit(
          change({
            ...{ kind: 'access-lost', roomId: lobby.id, userId: by.actor as UserId },
            ...{ subjectId: bob.id, reason: 'banned', ban: to },
          }),
        );
        return ended?.kind === 'rejected' ? (ended.sanction ?? ended.code) : 'done';
      },
      async suspension(to, by) {
        const atMs = to && by.atMs;
        const ended = await store.sessions.setDisabled(bob.id, atMs, by, to);
        return typeof ended === 'string' ? ended : 'done';
      },
    };
    for (const [what, act] of Object.entries(ACTS)) {
      test(`a ${what} of each rank is shortened and lifted by no lower one`, async () => {
        await store.rooms.setMute(lobby.id, bob.id, undefined, BY);
        const byRank = [...(await makers())].toSorted(
          ([one], [other]) => SANCTION_RANKS.indexOf(one) - SANCTION_RANKS.indexOf(other),
        );
        const to = (hours: number) => ({ untilMs: NOON_MS + hours * HOUR_MS, reason: '' });
        const may = (rank: SanctionRank) =>
          what !== 'suspension' || ['admin', 'owner', 'operator'].includes(rank);
        for (const [madeAs, maker] of byRank) {
          if (!may(madeAs) || (what === 'ban' && madeAs === 'operator')) continue;
          for (const [rank, actor] of byRank) {
            const by = { ...BY, actor };
            const isLower = isBelow(rank, madeAs);
            const refusal = may(rank) ? 'higher-rank' : 'forbidden';
            assert.equal(await act(to(5), { ...BY, actor: maker }), 'done', madeAs);
            const about = `${rank} after ${madeAs}`;
            if (what !== 'ban' || rank !== 'operator') {
              assert.equal(await act(to(4), by), isLower ? refusal : 'done', about);
              const prolonged = await act(to(6), by);
              assert.equal(prolonged, may(rank) ? 'done' : 'forbidden', about);
            }
            assert.equal(await act(undefined, by), isLower ? refusal : 'done', about);
            if (isLower) assert.equal(await act(undefined, BY), 'done', about);
          }
        }
      });
    }

    test('a user changes no restriction of their own, and has the rights of a member while muted', async () => {
      const owner = alice;
      const by = { ...BY, actor: owner.id };
      await store.rooms.setMute(lobby.id, bob.id, undefined, BY);
      await store.rooms.setMute(lobby.id, owner.id, MUTE, BY);

      assert.equal(await store.rooms.setMute(lobby.id, owner.id, undefined, by), 'own-sanction');
      assert.equal(await store.rooms.setMute(lobby.id, bob.id, MUTE, by), 'forbidden');
      assert.equal((await ban(bob.id, undefined))?.kind, 'rejected');
      for (const changed of [{ topic: 'mine' }, { description: 'x' }, { slowModeSeconds: 10 }]) {
        assert.equal(await store.rooms.changeRoom(lobby.id, changed, by), 'forbidden');
      }
      const given = await store.rooms.giveRole(lobby.id, bob.id, 'moderator', by);
      assert.equal(given.kind, 'forbidden');
      assert.equal(await store.rooms.hideRoom(lobby.id, 9, by), 'forbidden');
      const removal = change({ ...own(), userId: owner.id, kind: 'deletion' });
      assert.equal((await commit(removal))?.kind, 'rejected');

      const after = { ...by, atMs: MUTE.untilMs };
      assert.equal(await store.rooms.changeRoom(lobby.id, { topic: 'mine' }, after), 'changed');
    });

    /** Signs up at a time, and logs in from the address. */
    const newcomer = async (name: string, atMs: number, address: string, inviteId?: string) => {
      const account = user(name, { createdAtMs: atMs });
      const use = inviteId && { inviteId, userId: account.id, address, nowMs: atMs };
      const by = { actor: account.id, address, atMs };
      const stored = await store.accounts.insertUser(account, 'hash', use ? { use } : {}, by);
      if (stored !== 'stored') return stored;
      await store.sessions.insertSession(session({ userId: account.id, address }), 'hash');
      return account.id;
    };
    const joins = async (name: string, atMs: number, address: string, inviteId?: string) => {
      const userId = (await newcomer(name, atMs, address, inviteId)) as UserId;
      const joined = await store.rooms.addMember(lobby.id, userId, atMs);
      return typeof joined === 'string' ? joined : joined.kind;
    };
    const LATER_MS = NOON_MS + HOUR_MS;
    const DAY_LATER_MS = NOON_MS + 25 * HOUR_MS;

    test('a newer account of the network or invite of a banned user does not join for a day', async () => {
      const link = invite(alice, { roomIds: [lobby.id], expiresAtMs: NOON_MS + 99 * HOUR_MS });
      await store.invites.insertInvite(link, 9, BY);
      const former = await newcomer('former', NOON_MS - HOUR_MS, '192.0.2.9');
      const mallory = (await newcomer('mallory', NOON_MS, '192.0.2.9', link.id)) as UserId;
      await store.sessions.insertSession(
        session({ userId: mallory, address: '2001:db8:0:1::5' }),
        'hash',
      );
      await store.sessions.insertSession(session({ userId: mallory, address: '::1' }), 'hash');
      await store.rooms.addMember(lobby.id, mallory, NOON_MS);
      await ban(mallory, { untilMs: DAY_LATER_MS, reason: 'spam' });

      assert.equal(await joins('one', LATER_MS, '::ffff:192.0.2.9'), 'banned');
      assert.equal(await joins('two', LATER_MS, '2001:DB8::1:0:0:0:7'), 'banned');
      assert.equal(await joins('three', LATER_MS, '192.0.2.10', link.id), 'banned');
      assert.equal(await joins('four', LATER_MS, '192.0.2.10'), 'member');
      assert.equal(await joins('five', LATER_MS, '::1'), 'member');
      assert.equal(await joins('six', DAY_LATER_MS, '192.0.2.9'), 'member');
      const joined = await store.rooms.addMember(lobby.id, former as UserId, LATER_MS);
      assert.equal(typeof joined, 'object');

      const seven = (await newcomer('seven', LATER_MS, '192.0.2.9')) as UserId;
      const letIn = await store.rooms.addMember(lobby.id, seven, LATER_MS, alice.id);
      assert.equal(typeof letIn, 'object');
      await store.rooms.liftBan(lobby.id, mallory, BY);
      assert.equal(await joins('eight', LATER_MS, '192.0.2.9'), 'member');
    });

    test('no account is made in the network of a suspended user for a day', async () => {
      const mallory = (await newcomer('mallory', NOON_MS, '192.0.2.9')) as UserId;
      const suspension = { untilMs: DAY_LATER_MS, reason: 'spam' };
      await store.sessions.setDisabled(mallory, NOON_MS, BY, suspension);

      assert.equal(await newcomer('one', LATER_MS, '192.0.2.9'), 'barred');
      assert.equal(await store.accounts.findUser({ kind: 'username', username: 'one' }), undefined);
      assert.notEqual(await newcomer('two', LATER_MS, '192.0.2.10'), 'barred');
      assert.notEqual(await newcomer('three', DAY_LATER_MS, '192.0.2.9'), 'barred');
      await store.sessions.setDisabled(mallory, undefined, BY);
      assert.notEqual(await newcomer('four', LATER_MS, '192.0.2.9'), 'barred');
    });

    test('an account that is only closed bars no network', async () => {
      const colleague = (await newcomer('colleague', NOON_MS, '192.0.2.9')) as UserId;
      await store.sessions.setDisabled(colleague, NOON_MS, BY, { untilMs: undefined, reason: '' });
      assert.notEqual(await newcomer('one', LATER_MS, '192.0.2.9'), 'barred');
    });
  });
}
