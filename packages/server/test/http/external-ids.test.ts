/** Users of another application are found by the ids that they have there. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SignJWT } from 'jose';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ISSUER = 'https://app.example.org';
const PICTURE = 'https://app.example.org/ada.png';

interface Shown {
  readonly id: string;
  readonly externalId?: string;
  readonly displayName?: string;
  readonly avatarUrl?: string;
}

describe('the id that a user has in another application', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  let server: TestServer;
  let ada: Record<string, string>;
  let adaId: string;
  let bob: Record<string, string>;
  before(async () => {
    const file = join(temporaryDirectory(), 'issuer.pem');
    writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
    server = await TestServer.start({
      ...{ JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'chat', JWT_PUBLIC_KEY_FILE: file },
    });
    const logIn = async (claims: object) => {
      const token = await new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setIssuer(ISSUER)
        .setAudience('chat')
        .setExpirationTime('10m')
        .sign(privateKey);
      const headers = { authorization: `Bearer ${token}` };
      const { user } = await get<{ user: Shown }>('/api/auth/me', headers);
      return { headers, user };
    };
    const first = await logIn({
      ...{ sub: 'u-1', preferred_username: 'Anna' },
      ...{ name: 'Ada Lovelace', picture: PICTURE },
    });
    ada = first.headers;
    adaId = first.user.id;
    bob = (await logIn({ sub: 'u-2', preferred_username: 'Anna', name: 'Bob Müller' })).headers;
  });
  after(() => server.close());

  const get = async <Body>(path: string, headers: Record<string, string>): Promise<Body> => {
    const answer = await fetch(server.url + path, { headers });
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as Body;
  };
  const idsOf = async (path: string) => {
    const { users } = await get<{ users: Shown[] }>(path, bob);
    return users.map(({ externalId }) => externalId);
  };

  test('is part of the user, with the name and the picture', async () => {
    const { users } = await get<{ users: Shown[] }>('/api/users?ids=u-1', bob);

    const [{ id, externalId, displayName, avatarUrl } = { id: '' }] = users;
    assert.deepEqual(
      { id, externalId, displayName, avatarUrl },
      { id: adaId, externalId: 'u-1', displayName: 'Ada Lovelace', avatarUrl: PICTURE },
    );
  });

  test('finds the user once, beside the other id', async () => {
    assert.deepEqual(await idsOf(`/api/users?ids=u-1,${adaId},u-9`), ['u-1']);
    assert.deepEqual(await idsOf('/api/people?q=u-1'), ['u-1']);
    assert.deepEqual(await idsOf('/api/people?q=u-9'), []);
    assert.deepEqual(await idsOf('/api/people?q=lovelace'), ['u-1']);
  });

  test('is the recipient of a direct message', async () => {
    const sent = await server.post('/api/messages', { recipientId: 'u-1', content: 'hello' }, bob);

    assert.equal(sent.status, 201);
    const unknown = { recipientId: 'u-9', content: 'hello' };
    assert.equal((await server.post('/api/messages', unknown, bob)).status, 404);
    const { message } = (await sent.json()) as { message: { conversationId: string } };
    const { messages } = await get<{ messages: { content: string }[] }>(
      `/api/channels/${message.conversationId}/messages`,
      ada,
    );
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['hello'],
    );
  });

  test('names a member of a group', async () => {
    const { id: bobId } = (await get<{ user: Shown }>('/api/auth/me', bob)).user;
    const carl = await server.signUp('carl');
    const socket = await carl.connect();
    const made = { userIds: [bobId], name: 'Trip' };
    const { roomId } = await socket.ask('create_group', made, 'group_created');
    const add = async (userId: string) => {
      const path = `${server.url}/api/rooms/${roomId}/members/${userId}`;
      return (await fetch(path, { method: 'PUT', headers: bob })).status;
    };

    assert.equal(await add('u-1'), 200);
    assert.equal(await add('u-9'), 404);
    const own = await get<{ conversations: { id: string }[] }>('/api/conversations', ada);
    assert.equal(
      own.conversations.some(({ id }) => id === roomId),
      true,
    );
    socket.close();
  });

  test('names a member of a workspace', async () => {
    const made = await server.post('/api/workspaces', { name: 'School' }, bob);
    const { workspace } = (await made.json()) as { workspace: { id: string } };
    const path = `/api/workspaces/${workspace.id}/members`;
    const members = async () => {
      const listed = await get<{ members: { externalId?: string }[] }>(path, bob);
      return listed.members.map(({ externalId }) => externalId).sort();
    };

    assert.equal((await server.post(path, { userId: 'u-1' }, bob)).status, 201);
    assert.deepEqual(await members(), ['u-1', 'u-2']);
    assert.equal((await server.post(path, { userId: 'u-9' }, bob)).status, 404);
    assert.equal((await server.post(path, {}, bob)).status, 400);
    const removed = await fetch(server.url + path, {
      method: 'DELETE',
      headers: { ...bob, 'content-type': 'application/json' },
      body: JSON.stringify({ userId: adaId }),
    });
    assert.equal(removed.status, 200);
    assert.deepEqual(await members(), ['u-2']);
  });
});
