/** The whole table of roles, by role on the server, in the workspace and in the room. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomKind } from '@parley/protocol';
import { permits, type Right, ROLE_TABLE, type RoleHolder } from '../../src/model/role-table.ts';
import { ROLES, ROOM_ROLES, WORKSPACE_ROLES } from '../../src/model/stored-role.ts';

// The keys of the table are the rights.
const RIGHTS = Object.keys(ROLE_TABLE) as Right[];

/**
 * Yes in the order guest, member, moderator, admin, owner of the server; member, admin, owner of the
 * workspace; member, moderator, owner of the room.
 */
const MATRIX: Readonly<Record<Right, string>> = {
  read: '----- --- yyy',
  write: '----- --- yyy',
  announce: '--yyy --- -yy',
  'pin-messages': '--yyy --- -yy',
  'mention-everyone': '--yyy --- -yy',
  'let-in': '---yy -yy -yy',
  'delete-messages': '--yyy --- -yy',
  'remove-members': '--yyy --- -yy',
  'manage-room': '---yy -yy -yy',
  'give-roles': '---yy -yy --y',
  'delete-room': '---yy -yy --y',
  'manage-channels': '---yy -yy ---',
  'change-members': '---yy -yy ---',
  'rename-workspace': '---yy --y ---',
  'join-rooms': '-yyyy --- ---',
  'create-rooms': '-yyyy --- ---',
  'create-workspaces': '-yyyy --- ---',
  'create-invites': '-yyyy --- ---',
  'write-to-all': '-yyyy --- ---',
  'handle-reports': '--yyy --- ---',
  'mention-user-groups': '-yyyy --- ---',
  'manage-user-groups': '---yy --- ---',
  'manage-custom-emoji': '---yy --- ---',
  administer: '---yy --- ---',
};

function rowOf(right: Right, kind?: RoomKind): string {
  const may = (holder: RoleHolder) => (permits(right, holder, kind) ? 'y' : '-');
  const guest = { role: 'guest' } as const;
  return [
    ROLES.map((role) => may({ role })).join(''),
    WORKSPACE_ROLES.map((workspaceRole) => may({ ...guest, workspaceRole })).join(''),
    ROOM_ROLES.map((roomRole) => may({ ...guest, roomRole })).join(''),
  ].join(' ');
}

describe('the table of roles', () => {
  for (const right of RIGHTS) {
    test(`says who has the right ${right}`, () => assert.equal(rowOf(right), MATRIX[right]));
  }

  test('has no moderators between two people, and no settings of conversations', () => {
    for (const right of ['announce', 'delete-messages', 'remove-members', 'give-roles'] as const) {
      assert.equal(rowOf(right, 'direct'), '----- --- ---');
    }
    for (const kind of ['direct', 'group'] as const) {
      assert.equal(rowOf('manage-room', kind), '----- --- ---');
      assert.equal(rowOf('delete-room', kind), '----- --- ---');
    }
  });

  test('counts a role in a workspace only for its channels', () => {
    assert.equal(rowOf('manage-room', 'channel'), '---yy -yy -yy');
    assert.equal(rowOf('manage-room', 'room'), '---yy --- -yy');
  });

  test('permits nothing to what it does not have', () => {
    const unknown = ['wizard', 'ADMIN', '__proto__', 'constructor', ''];
    for (const name of unknown) {
      const holder = { role: name, workspaceRole: name, roomRole: name } as unknown as RoleHolder;
      for (const right of RIGHTS) assert.equal(permits(right, holder), false, `${right} ${name}`);
      assert.equal(permits(name as Right, { role: 'owner', roomRole: 'owner' }), false, name);
    }
    assert.equal(permits('announce', { role: 'owner' }, 'forum' as RoomKind), false);
  });
});
