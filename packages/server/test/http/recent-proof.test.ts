/** Acts that need a recent proof, over HTTP and the native dialect, with logins of ten minutes ago. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import { type Account, PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const AGE_MS = 10 * 60 * 1000;
/** Acts on accounts and rooms that a thief of a session must not be able to do. */
const DANGEROUS: ReadonlySet<string> = new Set([
  ...['user.role', 'user.delete', 'user.purge', 'user.export', 'reset.create', 'room.delete'],
  ...['user.disable', 'invite.create'],
]);

describe('recent proofs of identity over HTTP', () => {
  const DATA_DIR = temporaryDirectory();
  let server: TestServer;
  let owner: Account;
  before(async () => {
    server = await TestServer.start({ DATA_DIR, FIRST_ACCOUNT: 'owner' });
    owner = await server.signUp('olivia');
  });
  after(() => server.close());

  const ageSessions = (): void => {
    const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
    database.exec(`UPDATE sessions SET created_at = created_at - ${AGE_MS}, proved_at = NULL`);
    database.close();
  };
  const proofOf = async (answer: Response): Promise<unknown> => {
    const { error } = (await answer.json()) as { error?: { details?: { proof?: string } } };
    return answer.status === 403 ? error?.details?.proof : answer.status;
  };

  test('every dangerous act is marked, and rejected after ten minutes', async () => {
    const marked = Object.entries(API_OPERATIONS).filter(([, { proof }]) => proof !== undefined);
    const unmarked = Object.entries(API_OPERATIONS).filter(
      ([, { audited = [], proof, body, isOpen }]) =>
        // The deletion of the own account has the password with it; open routes have no session.
        proof === undefined &&
        body !== 'ownDeletion' &&
        isOpen !== true &&
        audited.some((act) => DANGEROUS.has(act)),
    );
    assert.deepEqual(
      unmarked.map(([route]) => route),
      [],
    );
    ageSessions();

    for (const [route, { proof }] of marked) {
      const [method = '', path = ''] = route.split(' ');
      const [field = '', value = 'member'] = proof === true ? [] : (proof?.[0]?.split('=') ?? []);
      const body = proof === true ? { messages: 'keep' } : { [field]: value };
      const place = path.replaceAll(/:\w+/g, owner.userId);
      const answer = await owner.call(method, place, method === 'GET' ? undefined : body);
      assert.equal(await proofOf(answer), 'required', route);
    }
    assert.equal((await owner.call('HEAD', '/api/me/export')).status, 403);
    const harmless = await owner.call('PATCH', `/api/admin/users/${owner.userId}`, {
      displayName: 'Olivia',
    });
    assert.equal(harmless.status, 200);
  });

  test('an act succeeds after the proof, on an older connection too', async () => {
    const { room } = await owner.must<{ room: { id: string } }>(
      ...(['POST', '/api/rooms', { name: 'old', visibility: 'public' }] as const),
    );
    const socket = await owner.connect();
    ageSessions();
    const rejected = await socket.ask('delete_room', { roomId: room.id });
    assert.deepEqual((rejected as { details?: object }).details, { proof: 'required' });
    assert.equal(await proofOf(await owner.call('DELETE', `/api/rooms/${room.id}`)), 'required');
    assert.equal((await owner.call('GET', `/api/rooms/${room.id}`)).status, 200);
    // Strangers keep what they have read; the opposite can be taken back.
    const change = (visibility: string) =>
      socket.ask('update_room', { roomId: room.id, visibility }) as Promise<{ details?: object }>;
    assert.equal((await change('private')).details, undefined);
    assert.deepEqual((await change('public')).details, { proof: 'required' });
    const give = (role: string) =>
      owner.call('PUT', `/api/rooms/${room.id}/members/${owner.userId}`, { role });
    assert.equal(await proofOf(await give('owner')), 'required');
    assert.notEqual(await proofOf(await give('member')), 'required');

    const wrong = await owner.call('POST', '/api/auth/proof', { password: 'wrong horse' });
    assert.equal(wrong.status, 403);
    const { provedUntil } = await owner.must<{ provedUntil: string }>(
      ...(['POST', '/api/auth/proof', { password: PASSWORD }] as const),
    );

    assert(Date.parse(provedUntil) > Date.now());
    const left = await socket.ask('delete_room', { roomId: room.id });
    assert.equal((left as { reason?: string }).reason, 'deleted');
    assert.equal((await owner.call('GET', '/api/me/export')).status, 200);
    socket.close();
  });
});
