import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionHealth } from '../../../src/node/liveness/connection-health.ts';

const OPTIONS = {
  heartbeatInterval: 30_000,
  heartbeatTimeout: 10_000,
  maxMissedPongs: 2,
  maxIdleTime: 51_000,
};

const SILENCE = { bytesReceived: 0, lastActivityMs: 1_000 };

function born(options = OPTIONS, inbound = SILENCE): ConnectionHealth {
  const connection = { inbound, handleDeath: () => undefined };
  const peer = { isExcused: false, sendHeartbeat: () => undefined, connection };
  return new ConnectionHealth(options, peer, 1_000, 31_000);
}

test('a new connection is healthy until its first ping is due', () => {
  const health = born();

  assert.equal(health.check(30_999), 'HEALTHY');
  assert.equal(health.check(31_000), 'NEEDS_PING');
});

test('the first missed pong causes one more ping, the second one means death', () => {
  const health = born();
  health.check(31_000);
  health.recordPing(31_000);

  assert.equal(health.check(40_999), 'HEALTHY');
  assert.equal(health.check(41_000), 'MISSED_PONG');
  health.recordPing(41_000);
  assert.equal(health.check(50_999), 'HEALTHY');
  assert.equal(health.check(51_000), 'CONNECTION_DEAD');
});

test('a deadline that has passed is counted once, however often it is checked', () => {
  const health = born({ ...OPTIONS, maxMissedPongs: 3 });
  health.check(31_000);
  health.recordPing(31_000);

  assert.equal(health.check(41_000), 'MISSED_PONG');
  health.recordPing(41_000);

  assert.equal(health.check(41_001), 'HEALTHY');
  assert.equal(health.check(42_000), 'HEALTHY');
});

test('a sign of life resets the count of missed pongs', () => {
  const health = born();
  health.check(31_000);
  health.recordPing(31_000);
  health.check(41_000);
  health.recordPing(41_000);

  health.recordLife(45_000);

  assert.equal(health.check(51_000), 'HEALTHY');
  assert.equal(health.check(61_000), 'NEEDS_PING');
});

test('bytes that arrive are a sign of life, also in the millisecond of the ping', () => {
  const arrivals = { bytesReceived: 0, lastActivityMs: 1_000 };
  const health = born(OPTIONS, arrivals);
  Object.assign(arrivals, { bytesReceived: 6, lastActivityMs: 31_000 });
  health.check(31_000);
  health.recordPing(31_000);
  assert.equal(health.isPinged, true);

  arrivals.bytesReceived = 24;

  assert.equal(health.isPinged, false);
  assert.equal(health.check(41_000), 'HEALTHY');
});

test('bytes that arrived before other signs of life do not make them older', () => {
  const arrivals = { bytesReceived: 0, lastActivityMs: 1_000 };
  const health = born({ ...OPTIONS, maxIdleTime: 20_000 }, arrivals);
  Object.assign(arrivals, { bytesReceived: 6, lastActivityMs: 2_000 });

  health.recordLife(22_000);

  assert.equal(health.check(22_000), 'HEALTHY');
});

test('pings keep their position in the interval, whenever the answers come', () => {
  const health = born();
  const pings: number[] = [];

  for (let now = 1_000; now < 130_000; now += 1_000) {
    if (health.check(now) !== 'NEEDS_PING') continue;
    pings.push(now);
    health.recordPing(now);
    health.recordLife(now + 700);
  }

  assert.deepEqual(pings, [31_000, 61_000, 91_000, 121_000]);
});

test('delayed pings are not sent later in a burst', () => {
  const health = born();
  health.recordLife(100_000);

  assert.equal(health.check(100_000), 'NEEDS_PING');
  health.recordPing(100_000);
  health.recordLife(100_001);
  assert.equal(health.check(100_002), 'HEALTHY');
  assert.equal(health.check(130_000), 'NEEDS_PING');
});

test('silence above the limit means death, independent of pings', () => {
  const health = born({ ...OPTIONS, maxIdleTime: 40_000 });
  health.check(31_000);
  health.recordPing(31_000);

  assert.equal(health.check(40_999), 'HEALTHY');
  assert.equal(health.check(41_000), 'CONNECTION_DEAD');
});

test('a ping carries microseconds and a sequence number, both big-endian', () => {
  const health = born();

  const first = Buffer.from(health.recordPing(31_000.25));
  const second = Buffer.from(health.recordPing(41_000));

  assert.equal(first.toString('hex'), '0000000001d906ba' + '00000001');
  assert.equal(second.readUInt32BE(8), 2);
});

test('the round trip is the mean of the last ten answered pings', () => {
  const health = born();
  assert.equal(health.averageRttMs, undefined);

  for (let count = 1; count <= 12; count += 1) {
    const payload = health.recordPing(count * 1_000);
    health.recordPong(payload, count * 1_000 + count);
  }

  assert.equal(health.averageRttMs, 7.5); // The mean of 3 to 12.
});

test('a pong that answers no ping gives no round trip', () => {
  const health = born();
  health.recordPong(new Uint8Array(12), 2_000);
  const old = health.recordPing(31_000);
  health.recordPing(41_000);

  health.recordPong(old, 42_000);
  health.recordPong(new Uint8Array(0), 42_000);
  health.recordPong(new Uint8Array(125), 42_000);

  assert.equal(health.averageRttMs, undefined);
});

test('reports the times of the last ping and pong; at first, the start of monitoring', () => {
  const health = born();
  assert.deepEqual([health.lastPingMs, health.lastPongMs], [undefined, 1_000]);

  health.check(31_000);
  health.recordPing(31_000);
  health.recordPong(new Uint8Array(3), 31_500);

  assert.deepEqual([health.lastPingMs, health.lastPongMs], [31_000, 31_500]);
});

test('shorter limits ping a silent peer before they apply to it', () => {
  const options = { ...OPTIONS };
  const health = born(options);

  Object.assign(options, { heartbeatInterval: 5_000, heartbeatTimeout: 1_000, maxIdleTime: 8_000 });
  health.followEndpointOptions(20_000, 24_000);

  assert.equal(health.check(23_999), 'HEALTHY');
  assert.equal(health.check(24_000), 'NEEDS_PING');
  health.recordPing(24_000);
  assert.equal(health.check(25_000), 'MISSED_PONG');
  health.recordPing(25_000);
  assert.equal(health.check(26_000), 'CONNECTION_DEAD');
});

test('a ping that is due within the new limits keeps its time', () => {
  const options = { ...OPTIONS };
  const health = born(options);

  Object.assign(options, { heartbeatInterval: 5_000, heartbeatTimeout: 1_000, maxIdleTime: 8_000 });
  health.followEndpointOptions(27_000, 32_000);

  assert.equal(health.check(30_999), 'HEALTHY');
  assert.equal(health.check(31_000), 'NEEDS_PING');
});
