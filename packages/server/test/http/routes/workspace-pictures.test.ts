/** Pictures of workspaces: uploaded by owners, shown to members, replaced and removed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { pngBombOf, pngOf } from '../../support/png.ts';
import { TestServer } from '../../support/running-server.ts';
import { until } from '../../support/wait.ts';

interface Entry {
  readonly id: string;
  readonly pictureUrl?: string;
}

describe('pictures of workspaces', () => {
  let server: TestServer;
  let owner: Account;
  let alice: Account;
  let bob: Account;
  let carol: Account;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', USER_CHANGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    owner = await server.signUp('olivia');
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
    carol = await server.signUp('carol');
  });
  after(() => server.close());

  /** Of Alice, with Bob. */
  const newWorkspace = async (name: string): Promise<string> => {
    const made = await alice.must<{ workspace: Entry }>('POST', '/api/workspaces', { name });
    const { id } = made.workspace;
    await alice.must('POST', `/api/workspaces/${id}/members`, { username: 'bob' });
    return id;
  };
  const send = (by: Account, id: string, content: string | Buffer, headers: object = {}) =>
    by.sendFile('PUT', `/api/workspaces/${id}/picture`, content, { headers });
  const upload = async (id: string): Promise<string> => {
    const answer = await send(alice, id, pngOf(300, 200));
    assert.equal(answer.status, 200, await answer.clone().text());
    const { workspace } = (await answer.json()) as { workspace: Entry };
    return workspace.pictureUrl ?? assert.fail('no picture');
  };
  const read = (by: Account, url: string) =>
    fetch(server.url + url, { headers: { authorization: `Bearer ${by.token}` } });
  const statusOf = async (by: Account, url: string) => (await read(by, url)).status;
  const listed = async (by: Account, id: string) => {
    const { workspaces } = await by.must<{ workspaces: Entry[] }>('GET', '/api/workspaces');
    return workspaces.find((each) => each.id === id)?.pictureUrl;
  };

  test('are squares of two sizes, which members see, and others do not', async () => {
    const id = await newWorkspace('Halden');
    const url = await upload(id);

    for (const [address, side] of [
      [url, 256],
      [`${url}/thumbnail`, 96],
    ] as const) {
      const answer = await read(bob, address);
      assert.equal(answer.headers.get('content-type'), 'image/webp');
      assert.equal(answer.headers.get('cache-control'), 'private, no-cache');
      const bytes = Buffer.from(await answer.arrayBuffer());
      assert.equal(bytes.readUInt16LE(26) & 0x3fff, side);
    }
    assert.deepEqual([await listed(alice, id), await listed(bob, id)], [url, url]);
    assert.deepEqual([await statusOf(carol, url), await statusOf(owner, url)], [404, 200]);
    await alice.must('DELETE', `/api/workspaces/${id}/members`, { username: 'bob' });
    assert.equal(await statusOf(bob, url), 404);
  });

  test('reach the members who are connected, as new names do, and are replaced and removed', async () => {
    const id = await newWorkspace('School');
    const [socket, foreign] = [await bob.connect(), await carol.connect()];
    const changes = () =>
      socket
        .ofType('workspace_changed')
        .map(({ workspaceId, name, pictureUrl }) => [workspaceId, name, pictureUrl]);

    const first = await upload(id);
    const second = await upload(id);
    assert.equal(await statusOf(alice, first), 404);
    await alice.must('PATCH', `/api/workspaces/${id}`, { name: 'Academy' });
    await alice.must('DELETE', `/api/workspaces/${id}/picture`);
    await until(() => changes().length === 4, 'the changes to arrive');

    assert.deepEqual(changes(), [
      [id, 'School', first],
      [id, 'School', second],
      [id, 'Academy', second],
      [id, 'Academy', null],
    ]);
    assert.equal(await statusOf(alice, second), 404);
    assert.equal(await listed(bob, id), undefined);
    assert.deepEqual(foreign.ofType('workspace_changed'), []);
    socket.close();
    foreign.close();
  });

  test('are changed by those who may rename the workspace, with entries in the audit log', async () => {
    const id = await newWorkspace('Guarded');
    const remove = (by: Account) => by.call('DELETE', `/api/workspaces/${id}/picture`);
    assert.equal((await send(bob, id, pngOf(3, 3))).status, 403);
    assert.equal((await remove(bob)).status, 403);
    assert.equal((await send(carol, id, pngOf(3, 3))).status, 404);
    assert.equal((await remove(carol)).status, 404);
    await upload(id);
    assert.equal((await remove(owner)).status, 200);

    const { entries } = await owner.must<{
      entries: readonly { actorId: string; target: string; detail: string }[];
    }>('GET', '/api/admin/audit?action=workspace.update');
    assert.deepEqual(
      entries.slice(0, 2).map(({ target, detail }) => [target, detail]),
      [
        [id, 'picture'],
        [id, 'picture'],
      ],
    );
  });

  test('are pictures that can be decoded', async () => {
    const id = await newWorkspace('Checked');
    for (const content of ['<svg onload="alert(1)"/>', '', pngBombOf(60_000)]) {
      assert.equal((await send(alice, id, content)).status, 400);
    }
    assert.equal((await send(alice, id, Buffer.alloc(5 * 1024 * 1024 + 1))).status, 413);
    const foreign = await send(alice, id, pngOf(3, 3), { origin: 'https://evil.example' });
    assert.equal(foreign.status, 403);
  });
});
