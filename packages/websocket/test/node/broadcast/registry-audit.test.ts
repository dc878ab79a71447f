/** Slots whose sockets are gone are found, and freed. */
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { type AuditedPeer, RegistryAudit } from '../../../src/node/broadcast/registry-audit.ts';
import { bareUpgradeRequest } from '../../support/bare-request.ts';
import { pass, startServerWithClock } from '../../support/test-server.ts';
import { turns } from '../../support/wait.ts';

/** A stream that swallows everything, and ends without a close event. */
function silentSocket(): Duplex {
  return new Duplex({
    emitClose: false,
    read() {},
    write(_chunk, _encoding, done) {
      done();
    },
  });
}

for (const [how, end] of [
  ['by the application', ({ connection }) => connection.destroy()],
  ['behind our back', ({ socket }) => socket.destroy()],
] as const satisfies [string, (of: Awaited<ReturnType<typeof setUp>>) => void][]) {
  test(`a socket that was destroyed ${how} without a close event loses its slot`, async (t) => {
    const on = await setUp(t);
    const { server, clock, connection, closes, errors } = on;
    server.groups.join(connection, 'lobby');

    end(on);
    await pass(clock, 30_000);
    assert.equal(server.manager.size, 1);
    await pass(clock, 120_000);

    assert.equal(server.manager.size, 0);
    assert.equal(connection.state, 'CLOSED');
    const [closed] = closes;
    assert.deepEqual([closed?.id, closed?.code], [connection.id, 1006]);
    assert.match(String(errors[0]?.error), /without a close event/);
    assert.equal(errors[0]?.connectionId, connection.id);
    assert.deepEqual([server.groups.size, server.getStats().repaired], [0, 1]);
    assert.deepEqual(errors.length, 1);
  });
}

test('a socket that never reports its close does not delay the shutdown', async (t) => {
  const { server, clock, closes } = await setUp(t);

  const ended = server.shutdown(20);
  await pass(clock, 20);
  assert.equal(server.manager.size, 1);
  await pass(clock, 1_000);
  await ended;

  assert.deepEqual([server.manager.size, closes.length, clock.timerCount], [0, 1, 0]);
});

test('existing connections stay, however silent', async (t) => {
  const { server, clock, open } = await startServerWithClock(t, { enableHeartbeat: false });
  const { connection } = await open();

  await pass(clock, 200_000);

  assert.equal(connection.state, 'OPEN');
  assert.equal(server.getStats().repaired, 0);
});

test('a close that comes in time does not count as a repair', async (t) => {
  const { server, clock, open, closes } = await startServerWithClock(t, { enableHeartbeat: false });
  const { connection } = await open();
  await open();

  connection.destroy();
  await pass(clock, 200_000);

  assert.equal(closes.length, 1);
  assert.equal(server.getStats().repaired, 0);
});

test('a tick checks a thousand, and the next one continues', () => {
  let checks = 0;
  const peer = (): AuditedPeer => ({
    get hasLostSocket() {
      checks += 1;
      return false;
    },
    handleLostSocket: () => assert.fail('it has a socket'),
  });
  const peers = new Set(Array.from({ length: 2_500 }, peer));
  const audit = new RegistryAudit();
  const seen = [0, 1_000, 2_000, 3_000, 60_000].map((nowMs) => {
    audit.tick(nowMs, () => peers);
    return checks;
  });

  assert.deepEqual(seen, [1_000, 2_000, 2_500, 2_500, 3_500]);
});

async function setUp(t: Parameters<typeof startServerWithClock>[0]) {
  const on = await startServerWithClock(t, { enableHeartbeat: false });
  const socket = silentSocket();
  const upgraded = await on.server.handleUpgrade(bareUpgradeRequest(), socket, Buffer.alloc(0));
  assert(upgraded !== undefined);
  await turns();
  return { ...on, socket, connection: upgraded };
}
