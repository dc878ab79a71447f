import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeartbeatPeer } from '../../../src/node/liveness/connection-health.ts';
import { Heartbeat } from '../../../src/node/liveness/heartbeat.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const OPTIONS = {
  heartbeatInterval: 30_000,
  heartbeatTimeout: 10_000,
  maxMissedPongs: 2,
  maxIdleTime: 51_000,
};

const TICK_MS = 1_000;

const SILENCE = { bytesReceived: 0, lastActivityMs: 0 };

function setUp() {
  const clock = new FakeClock();
  const heartbeat = new Heartbeat(OPTIONS);
  heartbeat.start(clock.now(), TICK_MS);
  const startMs = clock.now();
  clock.setInterval(() => heartbeat.tick(clock.now()), TICK_MS);

  /** A peer that records what happens to it, with the time since the start. */
  const addPeer = (answers: 'always' | 'never', isExcused = false) => {
    const pings: number[] = [];
    const deaths: number[] = [];
    const peer: HeartbeatPeer = {
      isExcused,
      sendHeartbeat: () => {
        pings.push(clock.now() - startMs);
        if (answers === 'always') monitored.recordLife(clock.now());
      },
      connection: { inbound: SILENCE, handleDeath: () => deaths.push(clock.now() - startMs) },
    };
    const monitored = heartbeat.add(peer, clock.now());
    return { pings, deaths, monitored };
  };
  return { clock, heartbeat, join: addPeer };
}

test('a silent peer is dead between 40 and 51 seconds after it connected', () => {
  const { clock, join } = setUp();
  const peers = Array.from({ length: 50 }, () => join('never'));

  clock.advance(39_999);
  assert(peers.every(({ deaths }) => deaths.length === 0));
  clock.advance(11_001);

  assert(peers.every(({ deaths }) => deaths.length === 1));
  assert(peers.every(({ pings }) => pings.length === 2));
});

test('a peer that answers is pinged every interval and lives', () => {
  const { clock, join } = setUp();
  const { pings, deaths } = join('always');

  clock.advance(300_000);

  assert.deepEqual(deaths, []);
  assert.equal(pings.length, 10);
  const gaps = pings.slice(1).map((at, index) => at - (pings[index] ?? 0));
  assert(
    gaps.every((gap) => gap === 30_000),
    String(gaps),
  );
});

test('the first pings of peers that connected at once are spread over the last third of the interval', () => {
  const { clock, join } = setUp();
  const peers = Array.from({ length: 1_000 }, () => join('always'));

  clock.advance(31_000);

  const perSecond = new Map<number, number>();
  for (const { pings } of peers) {
    const [first = 0] = pings;
    assert(first >= 20_000 && first <= 31_000, String(first));
    perSecond.set(first, (perSecond.get(first) ?? 0) + 1);
  }
  assert(Math.max(...perSecond.values()) <= 110, 'no second has more than its share');
});

test('a removed peer is neither pinged nor declared dead', () => {
  const { clock, heartbeat, join } = setUp();
  const { pings, deaths, monitored } = join('never');

  heartbeat.remove(monitored);
  heartbeat.remove(monitored);
  clock.advance(120_000);

  assert.deepEqual([...pings, ...deaths], []);
  assert.equal(heartbeat.stats.monitored, 0);
  assert.equal(monitored.peer, undefined);
});

test('a death that removes other peers in the same tick does not affect those', () => {
  const clock = new FakeClock();
  const heartbeat = new Heartbeat(OPTIONS);
  heartbeat.start(clock.now(), TICK_MS);
  clock.setInterval(() => heartbeat.tick(clock.now()), TICK_MS);
  const dead: string[] = [];
  const all = ['alice', 'bob'].map((name) => {
    const peer: HeartbeatPeer = {
      isExcused: false,
      sendHeartbeat: () => undefined,
      connection: {
        inbound: SILENCE,
        handleDeath: () => {
          dead.push(name);
          for (const other of all) heartbeat.remove(other);
        },
      },
    };
    return heartbeat.add(peer, clock.now());
  });

  clock.advance(120_000);

  assert.equal(dead.length, 1);
});

test('an excused peer is never dead', () => {
  const { clock, join } = setUp();
  const { deaths } = join('never', true);

  clock.advance(600_000);

  assert.deepEqual(deaths, []);
});

test('a process that was suspended for a minute declares no peer dead for it', () => {
  const { clock, join } = setUp();
  const { deaths, monitored } = join('never');

  clock.stall(60_000);
  assert.deepEqual(deaths, [], 'not on the late tick');
  monitored.recordLife(clock.now());
  clock.advance(10_000);

  assert.deepEqual(deaths, []);
});

test('peers have the usual time to answer after the process was suspended', () => {
  const { clock, join } = setUp();
  const healthy = join('always');
  const silent = join('never');

  clock.stall(60_000);
  clock.advance(15_000);
  assert.deepEqual([healthy.deaths, silent.deaths], [[], []]);
  clock.advance(30_000);

  assert.equal(healthy.deaths.length, 0);
  assert.equal(silent.deaths.length, 1);
});

test('a process that is late at every tick still finds dead peers', () => {
  const { clock, join } = setUp();
  const { deaths } = join('never');

  for (let count = 0; count < 30; count += 1) clock.stall(5_000);

  assert.equal(deaths.length, 1);
});

test('its actions are counted', () => {
  const { clock, heartbeat, join } = setUp();
  join('never');
  join('always');

  clock.advance(60_000);

  assert.deepEqual(heartbeat.stats, {
    monitored: 1,
    pinged: 0,
    pingsSent: 4,
    pongsReceived: 0,
    missedPongs: 1,
    dead: 1,
    meanRttMs: undefined,
  });
});

test('peers with an open ping are counted, and so are pongs and their round trips', () => {
  const { clock, heartbeat, join } = setUp();
  const { monitored } = join('never');
  join('never');
  clock.advance(30_000);
  assert.equal(heartbeat.stats.pinged, 2);
  const payload = monitored.recordPing(clock.now());

  clock.advance(250);
  monitored.recordLife(clock.now());
  heartbeat.recordPong(monitored, payload, clock.now());
  heartbeat.recordPong(monitored, payload, clock.now());

  const { pinged, pongsReceived, meanRttMs } = heartbeat.stats;
  assert.deepEqual([pinged, pongsReceived, meanRttMs], [1, 1, 250]);
});
