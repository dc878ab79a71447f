import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';

describe('workspaces over HTTP', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
    for (const name of ['alice', 'bob', 'carol']) await server.register(name);
  });
  after(() => server.close());

  /** Sends a request as a user; returns the status and the body. */
  const personOf = async (name: string) => {
    const account = await server.login(name);
    return async (method: string, path: string, body?: object) => {
      const answer = await account.call(method, path, body);
      return { status: answer.status, body: (await answer.json()) as Record<string, never> };
    };
  };
  const madeBy = async (person: Awaited<ReturnType<typeof personOf>>) => {
    const made = await person('POST', '/api/workspaces', { name: 'School' });
    const { id } = made.body['workspace'] as unknown as { id: string };
    return { made, path: `/api/workspaces/${id}` };
  };

  test('are created and listed, and have members with roles', async () => {
    const [alice, bob] = [await personOf('alice'), await personOf('bob')];
    const { made, path } = await madeBy(alice);

    assert.equal(made.status, 201);
    const { createdAt: _, ...workspace } = made.body['workspace'] as unknown as {
      createdAt: string;
    };
    assert.deepEqual(workspace, { id: path.split('/').at(-1), name: 'School', role: 'owner' });
    const added = await alice('POST', `${path}/members`, { username: 'BOB', role: 'admin' });
    assert.equal(added.status, 201);
    const { members } = (await bob('GET', `${path}/members`)).body as unknown as {
      members: { username: string; role: string }[];
    };
    assert.deepEqual(members.map(({ username, role }) => `${username} ${role}`).sort(), [
      'alice owner',
      'bob admin',
    ]);
    const listed = (await bob('GET', '/api/workspaces')).body as unknown as { workspaces: [] };
    assert.equal(listed.workspaces.length, 1);
  });

  test('are renamed by their owners only', async () => {
    const [alice, bob, carol] = [
      await personOf('alice'),
      await personOf('bob'),
      await personOf('carol'),
    ];
    const { path } = await madeBy(alice);
    await alice('POST', `${path}/members`, { username: 'bob', role: 'admin' });
    const renamedBy = async (person: typeof alice, name: string) =>
      (await person('PATCH', path, { name })).status;

    const renamed = await alice('PATCH', path, { name: ' Academy ' });
    assert.equal(renamed.status, 200);
    const { name, role } = renamed.body['workspace'] as unknown as { name: string; role: string };
    assert.deepEqual([name, role], ['Academy', 'owner']);
    assert.deepEqual(
      [await renamedBy(bob, 'Mine'), await renamedBy(carol, 'Mine'), await renamedBy(alice, ' ')],
      [403, 404, 400],
    );
    const { workspaces } = (await bob('GET', '/api/workspaces')).body as unknown as {
      workspaces: { id: string; name: string }[];
    };
    assert.equal(workspaces.find(({ id }) => path.endsWith(id))?.name, 'Academy');
  });

  test('have channels, which can be renamed and archived', async () => {
    const alice = await personOf('alice');
    const { path } = await madeBy(alice);

    const made = await alice('POST', `${path}/channels`, { name: 'Maths' });
    assert.equal(made.status, 201);
    const { id } = made.body['channel'] as unknown as { id: string };
    const again = await alice('POST', `${path}/channels`, { name: 'maths' });
    assert.equal(again.status, 409);
    const archived = await alice('PATCH', `/api/channels/${id}`, { name: 'Sums', archived: true });
    assert.equal(archived.status, 200);
    const { channels } = (await alice('GET', `${path}/channels`)).body as unknown as {
      channels: { id: string; name: string; archived: boolean }[];
    };
    assert.deepEqual(
      channels.map((channel) => [channel.id, channel.name, channel.archived]),
      [[id, 'Sums', true]],
    );
    const said = await alice('POST', '/api/messages', { channelId: id, content: 'x' });
    assert.equal(said.status, 403);
    const { message } = said.body['error'] as unknown as { message: string };
    assert.equal(message, 'This room is archived');
  });

  test('let the creator of a channel and the admins manage it', async () => {
    const [alice, bob, carol] = [
      await personOf('alice'),
      await personOf('bob'),
      await personOf('carol'),
    ];
    const { path } = await madeBy(alice);
    for (const username of ['bob', 'carol']) await alice('POST', `${path}/members`, { username });
    const made = await bob('POST', `${path}/channels`, { name: 'Maths' });
    const { id } = made.body['channel'] as unknown as { id: string };
    const shown = async (person: typeof alice) => {
      const { channels } = (await person('GET', `${path}/channels`)).body as unknown as {
        channels: { name: string; topic?: string; canManage: boolean }[];
      };
      return channels.map(({ name, topic, canManage }) => ({ name, topic, canManage }));
    };

    const topic = await bob('PUT', `/api/rooms/${id}/topic`, { topic: ' Sums and more ' });
    assert.deepEqual(topic, { status: 200, body: { topic: 'Sums and more' } });
    assert.equal((await bob('PATCH', `/api/channels/${id}`, { name: 'Sums' })).status, 200);
    const channel = { name: 'Sums', topic: 'Sums and more' };
    assert.deepEqual(await shown(bob), [{ ...channel, canManage: true }]);
    assert.deepEqual(await shown(carol), [{ ...channel, canManage: false }]);
    assert.equal((await carol('PUT', `/api/rooms/${id}/topic`, { topic: 'x' })).status, 403);
    const removed = await alice('PUT', `/api/rooms/${id}/topic`, { topic: '' });
    assert.deepEqual(removed, { status: 200, body: { topic: '' } });
    assert.deepEqual(await shown(alice), [{ name: 'Sums', topic: undefined, canManage: true }]);
  });

  test('reject missing permissions, unknown users and malformed bodies', async () => {
    const [alice, bob, carol] = [
      await personOf('alice'),
      await personOf('bob'),
      await personOf('carol'),
    ];
    const { path } = await madeBy(alice);
    await alice('POST', `${path}/members`, { username: 'bob' });
    const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;

    assert.equal(await statusOf(bob('POST', `${path}/members`, { username: 'carol' })), 403);
    assert.equal(await statusOf(carol('GET', `${path}/members`)), 404);
    assert.equal(await statusOf(alice('POST', `${path}/members`, { username: 'nobody' })), 404);
    assert.equal(await statusOf(alice('POST', `${path}/members`, { username: 1 })), 400);
    assert.equal(
      await statusOf(alice('POST', `${path}/members`, { username: 'bob', role: 'x' })),
      400,
    );
    assert.equal(await statusOf(alice('GET', `${path}/members?limit=0`)), 400);
    assert.equal(await statusOf(alice('POST', '/api/workspaces', { name: '' })), 400);
    assert.equal(await statusOf(alice('DELETE', `${path}/members`, { username: 'alice' })), 409);
    assert.equal(await statusOf(alice('DELETE', `${path}/members`, { username: 'bob' })), 200);
    assert.equal(await statusOf(bob('GET', `${path}/members`)), 404);
    assert.equal((await fetch(`${server.url}/api/workspaces`)).status, 401);
  });
});
