/** The output of `inspect` and `JSON.stringify` for a server and its connections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { text } from '../support/bytes.ts';
import { startServer } from '../support/test-server.ts';
import { until } from '../support/wait.ts';

class Session {
  readonly password = 'hidden by its class';
}

test('connections show what a person needs, and no secrets', async (t) => {
  const metadata = {
    user: 'alice',
    since: 7n,
    login: { sessionToken: 'abc', roles: ['admin'], author: 'x' },
    session: new Session(),
    self: undefined as unknown,
  };
  metadata.self = metadata;
  const { server, open } = await startServer(t, {
    protocols: ['chat.v1'],
    authorize: () => ({ accept: true, metadata }),
  });
  const { peer, connection } = await open({ 'Sec-WebSocket-Protocol': 'chat.v1' });
  peer.send(text('hello'));
  await until(() => connection.counters.messagesReceived === 1);

  const shown = JSON.parse(JSON.stringify(connection));
  assert.deepEqual(
    [shown.id, shown.state, shown.clientAddress, shown.protocol, shown.counters.messagesReceived],
    [connection.id, 'OPEN', '127.0.0.1', 'chat.v1', 1],
  );
  assert.deepEqual(
    [shown.metadata.user, shown.metadata.since, shown.metadata.login, shown.metadata.session],
    ['alice', '7', { sessionToken: '[hidden]', roles: ['admin'], author: 'x' }, '[Session]'],
  );
  const all = inspect(server.connections);
  for (const each of [connection.id, 'Connection {', "state: 'OPEN'", "user: 'alice'"]) {
    assert(all.includes(each) && !all.includes('abc'), each);
  }
  assert.equal(JSON.parse(JSON.stringify(server.connections))[0].id, connection.id);
});

test('a server shows its address, state and numbers, and not its options', async (t) => {
  const { server, port, open } = await startServer(t);
  await open();

  const { address, active, isDraining, byState } = JSON.parse(JSON.stringify(server));
  assert.deepEqual([address.port, active, isDraining, byState.OPEN], [port, 1, false, 1]);
  assert(inspect(server).startsWith('WebSocketServer {'));
  assert(!inspect(server).includes('PRIVATE KEY'));
});
