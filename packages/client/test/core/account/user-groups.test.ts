import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserId } from '@parley/protocol';
import {
  changeUserGroup,
  createUserGroup,
  deleteUserGroup,
  listUserGroupMembers,
  listUserGroups,
} from '../../../src/core/account/user-groups.ts';

test('groups of users are made, listed, changed and deleted', async () => {
  const calls: unknown[] = [];
  const group = { id: 'g/1', handle: 'design', name: 'Design', memberCount: 1 };
  const members = [{ id: 'u1' as UserId, username: 'alice' }];
  const call = async (...request: unknown[]): Promise<unknown> => {
    calls.push(request);
    return { group, groups: [group], members, next: 'alice' };
  };
  const client = { http: { call } };
  const wanted = { handle: 'design', name: 'Design', userIds: ['u1' as UserId] };
  assert.deepEqual(await createUserGroup(client, wanted), group);
  assert.deepEqual(await listUserGroups(client), [group]);
  assert.equal((await listUserGroupMembers(client, 'g/1', 'a b')).next, 'alice');
  await changeUserGroup(client, 'g/1', { remove: ['u1' as UserId] });
  await deleteUserGroup(client, 'g/1');
  assert.deepEqual(calls, [
    ['POST', '/api/user-groups', wanted],
    ['GET', '/api/user-groups'],
    ['GET', '/api/user-groups/g%2F1/members?after=a%20b'],
    ['PATCH', '/api/user-groups/g%2F1', { remove: ['u1'] }],
    ['DELETE', '/api/user-groups/g%2F1'],
  ]);
});
