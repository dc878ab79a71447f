/** Connections that are authenticated for a limited time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgradeRequest } from '../../support/raw-peer.ts';
import { startServer, startServerWithClock } from '../../support/test-server.ts';

const UNPINGED = { enableHeartbeat: false };

test('the authentication expires: 1008, and not before', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    ...UNPINGED,
    authorize: () => ({ accept: true, expiresInMs: 60_000 }),
  });
  const { peer, connection } = await open();

  clock.advance(59_999);
  assert.equal(connection.state, 'OPEN');
  clock.advance(1);

  assert.equal(await peer.nextCloseCode(), 1008);
});

test('it can be renewed, or made unlimited', async (t) => {
  const { clock, open } = await startServerWithClock(t, {
    ...UNPINGED,
    authorize: () => ({ accept: true, expiresInMs: 60_000 }),
  });
  const alice = await open();
  const bob = await open();

  clock.advance(59_000);
  alice.connection.expireIn(60_000);
  bob.connection.expireIn(undefined);
  clock.advance(59_999);
  assert.equal(alice.connection.state, 'OPEN');
  clock.advance(1);

  assert.equal(await alice.peer.nextCloseCode(), 1008);
  clock.advance(86_400_000);
  assert.equal(bob.connection.state, 'OPEN');
});

test('its timer ends with the connection, and none starts after it', async (t) => {
  const { clock, open } = await startServerWithClock(t, UNPINGED);
  const { connection } = await open();
  const timers = clock.timerCount;

  connection.expireIn(60_000);
  assert.equal(clock.timerCount, timers + 1);
  connection.destroy();
  connection.expireIn(60_000);

  assert.equal(clock.timerCount, timers);
});

test('an invalid expiry time is rejected', async (t) => {
  const { connect, errors, open } = await startServer(t, {
    authorize: ({ url }) => ({ accept: true, ...(url === '/?now' && { expiresInMs: 0 }) }),
  });
  const peer = connect();

  peer.send(upgradeRequest({}, 'GET /?now HTTP/1.1'));
  assert.equal((await peer.nextAnswer()).status, 500);
  assert.match(String(errors[0]?.error), /option expiresInMs is 0; allowed/);

  const { connection } = await open();
  for (const wrong of [0, -1, 1.5, Number.NaN, 2_147_483_648]) {
    assert.throws(() => connection.expireIn(wrong), { code: 'INVALID_ARGUMENT' });
  }
});
