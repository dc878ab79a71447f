import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleAndAgeLimits } from '../../../src/node/liveness/idle-and-age-limits.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp(options: { idleTimeout?: number; maxLifetime?: number }) {
  const clock = new FakeClock();
  const live = { idleTimeout: 0, maxLifetime: 0, ...options };
  const watch = new IdleAndAgeLimits(live);
  const startMs = clock.now();
  clock.setInterval(() => watch.tick(clock.now()), 1_000);

  /** A peer that records when it is closed. */
  const addPeer = () => {
    const ends: [how: string, afterMs: number][] = [];
    const connection = {
      createdMs: clock.now(),
      close: (code: number) => {
        ends.push([code === 1008 ? 'idle' : 'aged', clock.now() - startMs]);
      },
    };
    const peer = { connection, messageCount: 0, isOccupied: false };
    watch.add(peer, clock.now());
    return { peer, ends };
  };
  return { clock, live, watch, join: addPeer };
}

test('a peer without a message for idleTimeout is closed then, and not before', () => {
  const { clock, watch, join } = setUp({ idleTimeout: 80_000 });
  const { ends } = join();

  clock.advance(79_000);
  assert.deepEqual(ends, []);
  clock.advance(1_000);

  assert.deepEqual(ends, [['idle', 80_000]]);
  clock.advance(200_000);
  assert.equal(ends.length, 1);
  assert.deepEqual(watch.stats, { idle: 1, aged: 0 });
});

test('a message restarts the time; it is up to an eighth longer then', () => {
  const { clock, join } = setUp({ idleTimeout: 80_000 });
  const { peer, ends } = join();

  for (let count = 0; count < 20; count += 1) {
    clock.advance(79_000);
    peer.messageCount += 1;
  }
  assert.deepEqual(ends, []);
  clock.advance(79_999);
  assert.deepEqual(ends, []);
  clock.advance(11_000);

  assert.equal(ends.length, 1);
});

test('an occupied peer is not idle', () => {
  const { clock, join } = setUp({ idleTimeout: 10_000 });
  const { peer, ends } = join();
  peer.isOccupied = true;

  clock.advance(600_000);
  assert.deepEqual(ends, []);
  peer.isOccupied = false;
  clock.advance(13_000);

  assert.equal(ends.length, 1);
});

test('an active peer is closed at maxLifetime; peers that connected together one after another', () => {
  const { clock, watch, join } = setUp({ idleTimeout: 60_000, maxLifetime: 1_000_000 });
  const peers = Array.from({ length: 100 }, join);
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      for (const { peer } of peers) peer.messageCount += 1;
    }
  };

  pass(899);
  assert(peers.every(({ ends }) => ends.length === 0));
  pass(102);

  assert(peers.every(({ ends }) => ends.length === 1 && ends[0]?.[0] === 'aged'));
  const moments = peers.map(({ ends }) => ends[0]?.[1] ?? 0);
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const fromMs = 900_000 + tenth * 10_000;
    const count = moments.filter((each) => each > fromMs && each <= fromMs + 10_000).length;
    assert(count >= 7 && count <= 13, `${count} in tenth ${tenth}`);
  }
  assert.deepEqual(watch.stats, { idle: 0, aged: 100 });
});

test('without limits no peer is tracked, and later limits apply to all', () => {
  const { clock, live, watch, join } = setUp({});
  const { peer, ends } = join();
  clock.advance(3_600_000);
  assert.deepEqual(ends, []);

  live.idleTimeout = 8_000;
  watch.followEndpointOptions([{ timeLimits: peer }], clock.now());
  clock.advance(7_999);
  assert.deepEqual(ends, []);
  clock.advance(1_001);
  assert.equal(ends.length, 1);
});

test('a changed limit applies at once, shorter or longer, and monitoring continues', () => {
  const { clock, live, watch, join } = setUp({ idleTimeout: 600_000 });
  const early = join();
  clock.advance(100_000);
  live.idleTimeout = 120_000;
  watch.followEndpointOptions([{ timeLimits: early.peer }], clock.now());
  clock.advance(20_000);
  assert.deepEqual(early.ends, [['idle', 120_000]]);

  const late = join();
  live.idleTimeout = 0;
  watch.followEndpointOptions([{ timeLimits: late.peer }], clock.now());
  clock.advance(3_600_000);
  assert.deepEqual(late.ends, []);
});

test('a removed peer is not closed again, even if another close removed it', () => {
  const { clock, watch, join } = setUp({ idleTimeout: 10_000 });
  const alice = join();
  const bob = join();
  const carol = join();
  watch.remove(alice.peer);
  const end = bob.peer.connection.close;
  bob.peer.connection.close = (code) => {
    watch.remove(carol.peer);
    end(code);
  };

  clock.advance(60_000);

  assert.deepEqual(
    [alice, bob, carol].map(({ ends }) => ends.length),
    [0, 1, 0],
  );
});
