import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { describe, test } from 'node:test';
import type { WorkspaceId } from '@parley/protocol';
import type { RoomRole } from '../../src/model/room.ts';
import { mayManageRoom, mayModerate } from '../../src/model/room-policy.ts';
import { isServerAdmin, type Role } from '../../src/model/user.ts';
import { mayManageChannels, type WorkspaceRole } from '../../src/model/workspace-policy.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, command, NOON_MS, ownedBy, room, user } from '../support/records.ts';

/** No role of any kind; other tools or versions may have written them. */
const UNKNOWN = ['wizard', 'ADMIN', 'Owner', 'owner ', ' owner', 'moderators', '', '__proto__'];

export function testUnknownRoles(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: unknown roles`, () => {
    for (const stored of UNKNOWN) {
      test(`'${stored}' gives no rights`, async () => {
        const store = await openEmpty();
        try {
          await checkRights(store, stored);
        } finally {
          await store.close();
        }
      });
    }
  });
}

async function checkRights(store: Store, stored: string): Promise<void> {
  const { accounts, workspaces, rooms, log } = store;
  const alice = user('alice');
  const bob = { ...user('bob'), role: stored as Role };
  for (const each of [alice, bob]) await accounts.insertUser(each, 'hash');
  const own = { id: randomUUIDv7() as WorkspaceId, name: 'School', createdAtMs: NOON_MS };
  await workspaces.createWorkspace(own, alice.id);
  const role = stored as WorkspaceRole;
  const about = { workspaceId: own.id, nowMs: NOON_MS };
  const given = { ...about, actorId: alice.id, subjectId: bob.id, role };
  assert.equal(await workspaces.changeWorkspaceMember(given), 'allowed');
  const lobby = room('lobby');
  const members = [...ownedBy(alice), { userId: bob.id, role: stored as RoomRole }];
  await rooms.createRoom(lobby, members, NOON_MS);
  const sent = command({ roomId: lobby.id, userId: alice.id });
  await log.commit([sent]);
  const by = { roomId: lobby.id, userId: bob.id };

  const deletion = change({ ...by, kind: 'deletion', messageId: sent.messageId });
  const removal = { ...by, kind: 'access-lost', subjectId: alice.id, reason: 'removed' } as const;
  for (const forbidden of [deletion, change(removal)]) {
    const [outcome] = await log.commit([forbidden]);
    assert.deepEqual(outcome, { kind: 'rejected', code: 'FORBIDDEN' });
  }
  const promotion = { ...about, actorId: bob.id, subjectId: bob.id, role: 'owner' } as const;
  assert.equal(await workspaces.changeWorkspaceMember(promotion), 'forbidden');
  const found = await accounts.findUser({ kind: 'id', id: bob.id });
  const listed = (await rooms.findRoom({ kind: 'id', id: lobby.id }, bob.id))?.role;
  const ranked = (await workspaces.findWorkspace(own.id, bob.id))?.role;
  assert(found !== undefined && listed !== undefined && ranked !== undefined);
  assert.equal(isServerAdmin(found), false);
  const rights = { role: found.role, roomRole: listed, workspaceRole: ranked };
  assert.equal(mayModerate(rights, 'room'), false);
  assert.equal(mayManageRoom(rights, 'channel'), false);
  assert.equal(mayManageChannels(rights), false);

  const [outcome] = await log.commit([change({ ...removal, userId: alice.id, subjectId: bob.id })]);
  assert.equal(outcome?.kind, 'stored', 'a member with an unknown role can be removed');
}
