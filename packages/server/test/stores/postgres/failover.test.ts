/** A standby that lagged is promoted: the end of the log is lost, and clients must not keep it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { throughProxy } from '../../support/proxied-store.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';
import { until } from '../../support/wait.ts';

describe('postgres store', { skip: postgresSkip() }, () => {
  test('after a failover that lost the end of the log, clients fetch their rooms again', async () => {
    const primary = await PostgresServer.start();
    await primary.stop();
    const replication = await throughProxy(primary.url);
    const standby = await PostgresServer.startStandby(primary, replication.proxy.port);
    await primary.start();
    const front = await throughProxy(primary.url);
    const store = await openTestStore(front.url);
    const harness = new ChatHarness({ store });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: lobby } = await alice.join('lobby');
    await bob.join('lobby');
    const send = async (content: string) => alice.send(content, { clientMessageId: content });
    for (const content of ['1', '2', '3']) await send(content);
    const onStandby = await TestDatabases.open(standby.url);
    await until(async () => {
      const rows = await onStandby.query('SELECT 1 FROM room_events');
      return rows.length === 3;
    }, 'the standby');

    await replication.proxy.close();
    for (const content of ['lost 4', 'lost 5']) await send(content);
    await until(() => bob.messages.length === 5, 'the messages that will be lost');
    await primary.kill();
    const sending = send('4').catch(() => {}); // Perhaps stored on the old primary.
    await onStandby.query('SELECT pg_promote()');
    const { hostname: host, port } = new URL(standby.url);
    front.proxy.redirect({ host, port: Number(port) });
    await sending;
    await until(async () => {
      harness.clock.advance(1000);
      // The server may notice the loss before this message does: then the room is joined again first.
      const isTold = alice.ofKind('resync-required').length > 0;
      if (isTold) await alice.join('lobby').catch(() => {});
      return send('4').then(
        ({ sequence }) => sequence === 4,
        () => false,
      );
    }, 'the new primary');

    assert.deepEqual(
      [alice, bob].map((client) => client.ofKind('resync-required').map(({ roomId }) => roomId)),
      [[lobby.id], [lobby.id]],
    );
    const carol = await harness.connect('carol');
    for (const client of [carol, bob]) {
      const { state } = await client.join('lobby');
      assert.deepEqual(
        state.history.map(({ content }) => content),
        ['1', '2', '3', '4'],
      );
      assert.equal(state.head.sequence, 4);
    }
    const before = bob.messages.length;
    harness.clock.advance(1000); // She may have joined a moment ago.
    await alice.join('lobby');
    assert.equal((await send('5')).sequence, 5);
    await until(() => carol.messages.length === 1, 'the next message');
    assert.deepEqual([carol.messages, bob.messages.slice(before)], [['5'], ['5']]);

    for (const client of [alice, bob, carol]) client.leave();
    await harness.chat.close();
    await store.close();
    await onStandby.close();
    await front.proxy.close();
    await standby.remove();
    await primary.remove();
  });
});
