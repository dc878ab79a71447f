import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailsOf } from '../../src/admin/audit-detail.ts';

const ID = '0199f2a4-a061-7283-b4b5-c6d7e8f90a1b';

test('details of the audit log show words, names and numbers, and no ids', () => {
  const rows = [
    ['user.role', 'admin', ['admin']],
    ['workspace.remove', ID, []],
    ['room.update', 'topic posting', ['topic posting']],
    ['room.update', 'topic posting more 3', ['topic posting', '3 more times']],
    ['email.change', 'more 1', ['once more']],
    ['email.change', undefined, []],
    ['login.refuse', 'proof more 980', ['proof', '980 more times']],
    ['user.rename', 'displayName', []],
  ] as const;
  for (const [action, detail, shown] of rows) {
    assert.deepEqual(detailsOf({ action, ...(detail !== undefined && { detail }) }), shown, detail);
  }
  const renamed = { from: 'Ann "A" Lee', to: 'more 3' };
  const entry = { action: 'user.rename', detail: 'displayName', renamed };
  assert.deepEqual(detailsOf(entry), ['Ann "A" Lee → more 3']);
  const inRoom = { action: 'mute.create', detail: `${ID} more 2`, roomName: 'Lobby' };
  assert.deepEqual(detailsOf(inRoom), ['Lobby', '2 more times']);
});
