/** Contract of every store for the audit log. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { WorkspaceId } from '@parley/protocol';
import { AuditReader } from '../../src/domain/audit/audit-reader.ts';
import { type Recorded, SAME_ENTRIES_MAX, SAME_WINDOW_MS } from '../../src/model/audit.ts';
import type { User } from '../../src/model/user.ts';
import type { WorkspaceRole } from '../../src/model/workspace-policy.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BY,
  change,
  command,
  invite,
  NOON_MS,
  newUserId,
  ownedBy,
  room,
  session,
  user,
} from '../support/records.ts';

export function testAudit(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: audit log`, () => {
    let store: Store;
    let reader: AuditReader;
    let alice: User;
    let bob: User;
    beforeEach(async () => {
      store = await openEmpty();
      const secrets = { digest: (text: string) => hash('sha256', text) };
      reader = new AuditReader({ accounts: store.accounts, audit: store.audit, secrets });
      [alice, bob] = [user('alice'), user('bob')];
      for (const each of [alice, bob]) await store.accounts.insertUser(each, 'hash');
    });
    afterEach(() => store.close());

    const shown = async (query: { actor?: string; action?: string } = {}) =>
      (await store.audit.listAudit({ ...query, limit: 100 })).map(
        ({ actor, action, target, detail }) => [actor, action, target, detail],
      );
    const refusal = (atMs = NOON_MS): Recorded => ({
      ...{ actor: alice.id, action: 'login.refuse', target: alice.id },
      ...{ address: '192.0.2.1', atMs },
    });

    test('records what is done to accounts, and nothing that was rejected', async () => {
      const by = { actor: bob.id, address: '192.0.2.7', atMs: NOON_MS };
      const login = session({ userId: alice.id, address: '192.0.2.1' });
      const carol = user('carol');

      await store.accounts.insertUser(carol, 'hash', undefined, BY);
      await store.accounts.insertUser(user('carol'), 'hash', undefined, BY);
      await store.sessions.insertSession(login, 'hash');
      await store.sessions.insertSession(session({ userId: alice.id }), 'another hash');
      await store.sessions.setRole(alice.id, 'owner', BY);
      // She is the last owner.
      await store.sessions.setDisabled(alice.id, NOON_MS, by);
      await store.sessions.setRole(alice.id, 'member', by);
      await store.sessions.setDisabled(bob.id, NOON_MS, BY);
      await store.sessions.setDisabled(bob.id, undefined, BY);
      await store.sessions.deleteSessionsOf(bob.id, BY);
      await store.sessions.setPassword(bob.id, 'new', BY);

      assert.deepEqual((await shown()).reverse(), [
        ['operator', 'user.create', carol.id, ''],
        [alice.id, 'login.accept', alice.id, ''],
        ['operator', 'user.role', alice.id, 'owner'],
        ['operator', 'user.disable', bob.id, ''],
        ['operator', 'user.enable', bob.id, ''],
        ['operator', 'sessions.end', bob.id, ''],
        ['operator', 'password.reset', bob.id, ''],
      ]);
      const [accepted] = await store.audit.listAudit({ action: 'login.accept', limit: 9 });
      assert.deepEqual([accepted?.address, accepted?.actorName], ['192.0.2.1', 'alice']);
    });

    test('records a change of the password, with the address of the client', async () => {
      const login = session({ userId: alice.id });
      await store.sessions.insertSession(login, 'hash');
      const successor = session({ userId: alice.id, address: '192.0.2.9' });
      const change = { userId: alice.id, sessionKey: login.key, successor, toHash: 'new' };

      await store.sessions.changePassword({ ...change, fromHash: 'another' });
      await store.sessions.changePassword({ ...change, fromHash: 'hash' });

      const entries = await store.audit.listAudit({ action: 'password.change', limit: 9 });
      assert.deepEqual(
        entries.map(({ actor, target, address }) => [actor, target, address]),
        [[alice.id, alice.id, '192.0.2.9']],
      );
    });

    test('records invites, and each user whom one lets in, once', async () => {
      const [used, revoked] = [invite(alice), invite(alice)];
      const by = { actor: alice.id, address: '', atMs: NOON_MS };
      const use = { inviteId: used.id, userId: bob.id, address: '192.0.2.4', nowMs: NOON_MS };
      for (const each of [used, revoked]) await store.invites.insertInvite(each, 9, by);
      await store.invites.insertInvite(invite(alice), 2, by);
      await store.invites.takePlace(use);
      await store.invites.takePlace(use);
      await store.invites.deleteInvite(revoked.id, alice.id, by);
      await store.invites.deleteInvite(revoked.id, alice.id, by);
      const carol = user('carol');
      const admission = { use: { ...use, userId: carol.id } };
      await store.accounts.insertUser(carol, 'hash', admission);

      assert.deepEqual((await shown()).reverse(), [
        [alice.id, 'invite.create', used.id, ''],
        [alice.id, 'invite.create', revoked.id, ''],
        [bob.id, 'invite.use', used.id, ''],
        [alice.id, 'invite.revoke', revoked.id, ''],
        [carol.id, 'invite.use', used.id, ''],
      ]);
    });

    test('records what roles do in a room, and not what its members do to themselves', async () => {
      const lobby = room('lobby');
      await store.rooms.createRoom(lobby, ownedBy(alice), NOON_MS);
      await store.rooms.addMember(lobby.id, bob.id, NOON_MS);
      const said = command({ roomId: lobby.id, userId: bob.id });
      const own = command({ roomId: lobby.id, userId: bob.id });
      await store.log.commit([said, own]);
      const by = { actor: alice.id, address: '192.0.2.3', atMs: NOON_MS };
      const ends = { kind: 'access-lost', subjectId: bob.id, address: by.address } as const;

      await store.log.commit([
        change({ kind: 'deletion', userId: bob.id, messageId: own.messageId, roomId: lobby.id }),
        change({ ...ends, userId: bob.id, reason: 'banned', roomId: lobby.id }),
        ...[1, 2].map(() =>
          change({
            ...{ kind: 'deletion', userId: alice.id, messageId: said.messageId },
            ...{ roomId: lobby.id, address: by.address },
          }),
        ),
        change({ ...ends, userId: alice.id, reason: 'removed', roomId: lobby.id }),
        change({ ...ends, userId: alice.id, reason: 'banned', roomId: lobby.id }),
      ]);
      await store.rooms.liftBan(lobby.id, bob.id, by);
      await store.rooms.liftBan(lobby.id, bob.id, by);
      await store.rooms.changeRoom(lobby.id, { topic: 'Lunch' }, undefined);
      await store.rooms.changeRoom(lobby.id, { topic: 'Tea', posting: 'moderators' }, by);
      await store.rooms.changeRoom(lobby.id, { archivedAtMs: NOON_MS }, by);
      await store.rooms.changeRoom(lobby.id, { archivedAtMs: null }, by);

      const inRoom = (await shown({ actor: alice.id })).map(([, ...act]) => act).reverse();
      assert.deepEqual(inRoom, [
        ['message.delete', bob.id, `${lobby.id} ${said.messageId}`],
        ['member.remove', bob.id, lobby.id],
        ['ban.create', bob.id, lobby.id],
        ['ban.lift', bob.id, lobby.id],
        ['room.update', lobby.id, 'topic posting'],
        ['room.archive', lobby.id, ''],
        ['room.unarchive', lobby.id, ''],
      ]);
      assert.deepEqual(await shown({ actor: bob.id }), []);
      for (const { address } of await store.audit.listAudit({ actor: alice.id, limit: 9 })) {
        assert.equal(address, by.address);
      }
      assert.equal((await reader.verify()).kind, 'whole');
    });

    test('records roles in a workspace, and what an accepted invitation gives only once', async () => {
      const by = { actor: alice.id, address: '', atMs: NOON_MS };
      const workspace = { id: newUserId() as string as WorkspaceId, name: 'S', createdAtMs: 1 };
      await store.workspaces.createWorkspace(workspace, alice.id);
      const { id: workspaceId } = workspace;
      const request = { workspaceId, actorId: alice.id, subjectId: bob.id, nowMs: NOON_MS };
      const set = (role: WorkspaceRole | undefined, about: object = { by }) =>
        store.workspaces.changeWorkspaceMember({ ...request, role, ...about });

      await set('owner', { by, isInvitation: true });
      await set('owner', { isAcceptance: true });
      await set('admin');
      await set(undefined);
      await set(undefined);
      await store.workspaces.renameWorkspace(workspaceId, 'Academy', by);
      for (const fileId of ['logo', undefined, undefined]) {
        await store.workspaces.setWorkspacePicture(workspaceId, fileId, by);
      }

      assert.deepEqual((await shown()).reverse(), [
        [alice.id, 'workspace.role', bob.id, `owner ${workspaceId}`],
        [alice.id, 'workspace.role', bob.id, `admin ${workspaceId}`],
        [alice.id, 'workspace.remove', bob.id, workspaceId],
        [alice.id, 'workspace.rename', workspaceId, ''],
        [alice.id, 'workspace.update', workspaceId, 'picture'],
        [alice.id, 'workspace.update', workspaceId, 'picture'],
      ]);
    });

    test('has few entries that say the same, and the number of the others', async () => {
      const end = NOON_MS + SAME_WINDOW_MS;
      const sum = (nowMs: number) => store.audit.sumRepeatedActs({ nowMs, hoursMax: 9 });
      const email = (atMs: number, address: string) =>
        store.accounts.setEmail(bob.id, address, { actor: bob.id, address: '', atMs }, undefined);
      for (let at = 0; at < 400; at += 1) await email(NOON_MS + at, `bob${at}@example.org`);
      await store.audit.noteAct(refusal(NOON_MS));
      assert.equal((await shown({ actor: bob.id })).length, SAME_ENTRIES_MAX);
      assert.equal(await sum(end - 1), 0);

      // Of two nodes, one writes the number; accounts with few entries have none.
      assert.deepEqual((await Promise.all([sum(end), sum(end)])).sort(), [0, 2]);
      await email(end, 'bob@example.org');

      const [last, summed] = await shown({ actor: bob.id });
      assert.deepEqual(last, [bob.id, 'email.change', bob.id, '']);
      assert.deepEqual(summed, [bob.id, 'email.change', bob.id, 'more 380']);
      assert.equal((await shown({ actor: alice.id })).length, 1);
      assert.equal((await reader.verify()).kind, 'whole');
    });

    test('has the number of an hour before the first entry of the next', async () => {
      const proof: Recorded = { ...refusal(), detail: 'proof' };
      for (let count = 0; count < SAME_ENTRIES_MAX + 3; count += 1) {
        await store.audit.noteAct(proof);
      }
      const atMs = NOON_MS + 2 * SAME_WINDOW_MS;
      await store.audit.noteAct({ ...proof, atMs });

      const details = (await shown()).slice(0, 2).map(([, , , detail]) => detail);
      assert.deepEqual(details, ['proof', 'proof more 3']);
      const [, summed] = await store.audit.listAudit({ limit: 2 });
      assert.equal(summed?.atMs, NOON_MS + SAME_WINDOW_MS);
    });

    test('has each name that a user takes, and the one before', async () => {
      const by = { actor: alice.id, address: '192.0.2.1', atMs: NOON_MS };
      for (const name of ['Bob', 'Bob', 'alice']) {
        await store.accounts.setDisplayName(alice, name, by);
      }
      await store.accounts.setUsername({ ...alice, username: 'alicia' }, by);

      const names = async () =>
        (await store.audit.listAudit({ limit: 9 })).map(({ detail, renamed }) => [
          detail,
          renamed && `${renamed.from} ${renamed.to}`,
        ]);
      const changes = [
        ['username', 'alice alicia'],
        ['displayName', 'Bob alice'],
        ['displayName', 'alice Bob'],
      ];
      assert.deepEqual(await names(), changes);

      // They go with the account, and the chain stays whole.
      const gone = { username: 'deleted-1', displayName: 'Deleted user', removalId: 'removal' };
      await store.removals.deleteAccount({ userId: alice.id, ...gone, messages: 'keep' }, by);
      assert.deepEqual(
        (await names()).slice(1),
        changes.map(([detail]) => [detail, undefined]),
      );
      assert.equal((await reader.verify()).kind, 'whole');
    });

    test('is read by actor and action, in pages, latest first', async () => {
      for (let count = 0; count < 3; count += 1) {
        await store.sessions.deleteSessionsOf(alice.id, BY);
        await store.sessions.setPassword(alice.id, 'hash', BY);
        await store.sessions.deleteSessionsOf(bob.id, { ...BY, actor: bob.id });
      }
      const idsOf = async (request: Parameters<AuditReader['list']>[0]) =>
        (await reader.list(request)).items.map(({ id }) => id);

      assert.deepEqual(await idsOf({}), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
      assert.deepEqual(await idsOf({ actor: 'Bob' }), [9, 6, 3]);
      assert.deepEqual(await idsOf({ actor: 'operator', limit: 2 }), [8, 7]);
      assert.deepEqual(await idsOf({ actor: 'operator', after: '7' }), [5, 4, 2, 1]);
      assert.deepEqual(await idsOf({ action: 'password.reset' }), [8, 5, 2]);
      const both = { actor: bob.id, action: 'sessions.end' };
      assert.deepEqual(await idsOf({ ...both, after: '9', limit: 1 }), [6]);
      const { hasMore, next } = await reader.list({ ...both, limit: 1 });
      assert.deepEqual([hasMore, next], [true, '9']);
    });

    test('rejects filters that name nothing', async () => {
      await assert.rejects(reader.list({ actor: 'nobody' }), { code: 'NOT_FOUND' });
      await assert.rejects(reader.list({ action: 'dance' }), { code: 'VALIDATION_ERROR' });
      await assert.rejects(reader.list({ after: '-1' }), { code: 'VALIDATION_ERROR' });
    });

    test('is one chain, also if several write at once', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          index % 2 === 0
            ? store.sessions.deleteSessionsOf(alice.id, BY)
            : store.audit.noteAct(refusal(NOON_MS + index)),
        ),
      );

      const state = await reader.verify();
      assert.deepEqual(state.kind === 'whole' && [state.count, state.last?.id], [20, 20]);
    });

    test('has times that never decrease', async () => {
      await store.sessions.deleteSessionsOf(alice.id, BY);
      await store.sessions.deleteSessionsOf(alice.id, { ...BY, atMs: NOON_MS - 5 });

      const times = (await store.audit.readAuditChain(0, 9)).map(({ atMs }) => atMs);
      assert.deepEqual(times, [NOON_MS, NOON_MS]);
    });

    test('says where the chain begins after old entries were deleted', async () => {
      for (let at = 0; at < 5; at += 1) {
        await store.sessions.deleteSessionsOf(alice.id, { ...BY, atMs: NOON_MS + at });
      }
      const prune = (beforeMs: number, entriesMax = 9) =>
        store.audit.pruneAudit({ beforeMs, entriesMax, nowMs: NOON_MS + 100 });

      assert.equal(await prune(NOON_MS), 0);
      assert.equal(await prune(NOON_MS + 3, 2), 2);
      assert.equal(await prune(NOON_MS + 3), 1);

      const first = (await store.audit.readAuditChain(0, 1))[0];
      assert.equal(first?.id, 4);
      const state = await reader.verify();
      assert.deepEqual(state.kind === 'whole' && [state.count, state.last?.id], [4, 7]);
    });

    test('goes on after all entries were deleted', async () => {
      await store.sessions.deleteSessionsOf(alice.id, BY);

      await store.audit.pruneAudit({ beforeMs: NOON_MS + 1, entriesMax: 9, nowMs: NOON_MS + 9 });
      await store.sessions.deleteSessionsOf(alice.id, BY);

      const ids = (await store.audit.readAuditChain(0, 9)).map(({ id }) => id);
      assert.deepEqual(ids, [2, 3]);
      assert.equal((await reader.verify()).kind, 'whole');
    });

    test('deletes each old entry once if several nodes do', async () => {
      for (let at = 0; at < 6; at += 1) await store.sessions.deleteSessionsOf(alice.id, BY);
      const cut = { beforeMs: NOON_MS + 1, entriesMax: 6, nowMs: NOON_MS + 9 };

      const [one, other] = await Promise.all([
        store.audit.pruneAudit(cut),
        store.audit.pruneAudit(cut),
      ]);

      assert.deepEqual([one, other].sort(), [0, 6]);
      assert.equal((await reader.verify()).kind, 'whole');
    });
  });
}
