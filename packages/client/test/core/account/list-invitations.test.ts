import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listInvitations } from '../../../src/core/account/list-invitations.ts';
import { httpAnswering } from '../../fakes/http-answering.ts';

const INVITATION = {
  id: 'w-1',
  kind: 'workspace',
  name: 'Halden',
  role: 'member',
  inviter: { userId: 'u-bob', username: 'bob' },
  createdAt: '2026-01-31T12:00:00.000Z',
};

describe('listInvitations', () => {
  test('lists them as entries of the activity, page by page', async () => {
    const { http, requests } = httpAnswering({ invitations: [INVITATION], next: '1:w-1' });

    const { invitations, next } = await listInvitations({ http });
    await listInvitations({ http }, next);

    assert.deepEqual(invitations, [
      {
        kind: 'invitation',
        targetId: 'w-1',
        targetKind: 'workspace',
        name: 'Halden',
        actor: { id: 'u-bob', username: 'bob' },
        timestamp: '2026-01-31T12:00:00.000Z',
        unread: true,
      },
    ]);
    assert.deepEqual(requests, [
      'GET http://server/api/invitations',
      'GET http://server/api/invitations?after=1%3Aw-1',
    ]);
  });

  test('has no next page at the end', async () => {
    const { http } = httpAnswering({ invitations: [], hasMore: false });

    assert.deepEqual(await listInvitations({ http }), { invitations: [] });
  });
});
