/** The table of connections that a server exposes: the announced ones, and no handshakes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';

test('the table has each connection under its id, through every method of a map', async (t) => {
  const { server, open } = await startServer(t);
  await open();
  await open();

  const { connections } = server;
  const ids = server.manager.getActiveConnectionIds();
  assert.equal(connections.size, 2);
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual([...connections.keys()], ids);
  assert.deepEqual(
    [...connections.values()].map(({ id }) => id),
    ids,
  );
  for (const [id, connection] of connections) {
    assert.equal(connections.get(id), connection);
    assert.ok(connections.has(id));
  }
  const seen: unknown[] = [];
  connections.forEach(function (this: unknown, connection, id, all) {
    seen.push(connection.id === id, all === connections, this);
  }, 'mine');
  assert.deepEqual(seen, [true, true, 'mine', true, true, 'mine']);
  assert.deepEqual([connections.get('nobody'), connections.has('nobody')], [undefined, false]);
});

test('a handshake that waits for its response has a slot, but is not in the table', async (t) => {
  let admit = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    admit = resolve;
  });
  const { server, connect } = await startServer(t, {
    authorize: async () => {
      await isAsked;
      return { accept: true };
    },
  });
  const upgrade = connect().upgrade();
  await until(() => server.manager.size === 1, 'the handshake');

  assert.equal(server.connections.size, 0);
  assert.deepEqual([...server.connections.values()], []);
  assert.equal(server.getStats().byState.CONNECTING, 1);
  admit();
  await upgrade;
  assert.equal(server.connections.size, 1);
});

test('a connection that ends during iteration is skipped', async (t) => {
  const { server, open } = await startServer(t);
  const { connection: first } = await open();
  const { connection: second } = await open();
  const { connection: third } = await open();

  const seen: string[] = [];
  for (const [id] of server.connections) {
    seen.push(id);
    if (seen.length > 1) continue;
    second.destroy();
    await until(() => !server.connections.has(second.id), 'its end');
  }

  assert.deepEqual(seen, [first.id, third.id]);
});
