import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Epoch } from '@parley/protocol';
import fc from 'fast-check';
import {
  ChatConnection,
  type ConnectionStream,
  type Subscription,
} from '../../../src/domain/delivery/chat-connection.ts';
import { ClientMemoryBudget } from '../../../src/domain/delivery/client-memory-budget.ts';
import { RoomStream } from '../../../src/domain/delivery/room-stream.ts';
import {
  RoomSubscription,
  type SubscriptionOwner,
} from '../../../src/domain/delivery/room-subscription.ts';
import { DOMAIN_DEFAULTS } from '../../../src/domain/settings.ts';
import type { ChatEvent } from '../../../src/model/client-event.ts';
import type { RoomEvent } from '../../../src/model/room-event.ts';
import type { ClientTransport } from '../../../src/ports/client-transport.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { headAt, messageEvent, room, user } from '../../support/records.ts';

const lobby = room('lobby');
const event = (sequence: number): RoomEvent => messageEvent(lobby.id, sequence);
/** No test here ends an access. */
const keep = { behindMax: 100, handleAccessLost: () => {}, handleTooFarBehind: () => {} };

function streamOf(options: { tailMax?: number } = {}) {
  let holes = 0;
  const stream: ConnectionStream = new RoomStream<Subscription>(lobby, {
    tailMax: options.tailMax ?? 100,
    budget: new ClientMemoryBudget(1024 * 1024),
    onGap: () => {
      holes += 1;
    },
  });
  return { stream, holes: () => holes };
}

function connection(): {
  readonly connection: ChatConnection;
  readonly received: (number | string)[];
} {
  const received: (number | string)[] = [];
  const link: ClientTransport = {
    about: { dialect: 'plain', address: '192.0.2.1', openForMs: 0 },
    bufferedBytes: 0,
    dialect: { encode: (sent: ChatEvent) => sent },
    push: (frame) => {
      const sent = frame as ChatEvent;
      if (sent.kind === 'logged') received.push(sent.event.sequence);
    },
    end: () => {},
  };
  const identity = { user: user('bob'), sessionKey: 'key', expiresAtMs: 0 };
  const parts = {
    settings: DOMAIN_DEFAULTS,
    clock: new FakeClock(),
    onLaggedTooLong: () => {},
  };
  const id = systemCrypto.newRandomId() as ChatConnection['id'];
  const connection = new ChatConnection(id, identity, link, parts);
  connection.markWelcomed();
  return { connection, received };
}

/** A subscription that waits for its snapshot. */
function loading(
  stream: ConnectionStream,
  client: ChatConnection,
  owner: SubscriptionOwner<Subscription> = keep,
): Subscription {
  const subscription = new RoomSubscription(client, lobby.id, owner);
  subscription.attach(stream);
  return subscription;
}

/** A subscription that has received a snapshot of this head. */
function started(stream: ConnectionStream, head: number) {
  const client = connection();
  const subscription = loading(stream, client.connection);
  subscription.start(headAt(head));
  return { ...client, subscription };
}

describe('RoomStream', () => {
  test('passes events on in order, once', () => {
    const { stream } = streamOf();
    const bob = started(stream, 0);

    for (const sequence of [1, 2, 2, 1, 3]) stream.accept(event(sequence));

    assert.deepEqual(bob.received, [1, 2, 3]);
  });

  test('keeps events above a gap until the gap is filled, and reports the gap', () => {
    const { stream, holes } = streamOf();
    const bob = started(stream, 0);

    stream.accept(event(3));
    stream.accept(event(2));
    assert.deepEqual(bob.received, []);
    assert.equal(holes(), 2);
    stream.accept(event(1));

    assert.deepEqual(bob.received, [1, 2, 3]);
    assert.equal(stream.hasGap, false);
  });

  test('holds events back until the snapshot is sent, then sends the later ones', () => {
    const { stream } = streamOf();
    started(stream, 0);
    const carol = connection();

    const subscription = loading(stream, carol.connection);
    for (const sequence of [1, 2, 3]) stream.accept(event(sequence));
    assert.deepEqual(carol.received, []);
    subscription.start(headAt(2));
    stream.accept(event(4));

    assert.deepEqual(carol.received, [3, 4]);
  });

  test('repeats nothing for a subscriber whose snapshot is ahead of the stream', () => {
    const { stream, holes } = streamOf();
    const bob = started(stream, 0);
    const carol = started(stream, 2);

    assert.equal(holes(), 1);
    for (const sequence of [1, 2, 3]) stream.accept(event(sequence));

    assert.deepEqual(bob.received, [1, 2, 3]);
    assert.deepEqual(carol.received, [3]);
  });

  test('holds events back until the first snapshot has shown the head', () => {
    const { stream, holes } = streamOf();
    const bob = connection();
    const subscription = loading(stream, bob.connection);

    for (const sequence of [7, 8, 9]) stream.accept(event(sequence));
    subscription.start(headAt(8));

    assert.deepEqual(bob.received, [9]);
    assert.equal(holes(), 0);
  });

  test('reports a gap for events beyond those that wait for the first snapshot', () => {
    const { stream, holes } = streamOf();
    const subscription = loading(stream, connection().connection);

    for (let sequence = 1; sequence <= 1001; sequence += 1) stream.accept(event(sequence));
    subscription.start(headAt(0));

    assert.equal(stream.head, 1000);
    assert.equal(holes(), 1);
  });

  describe('when the log has another epoch', () => {
    const LATER = 'log.later' as Epoch;
    const onReplacedLog = () => {
      const { stream } = streamOf();
      const restarted: Subscription[] = [];
      const handleTooFarBehind = (subscription: Subscription) => restarted.push(subscription);
      const bob = loading(stream, connection().connection, { ...keep, handleTooFarBehind });
      bob.start(headAt(0));
      for (const sequence of [1, 2, 3, 4, 5]) stream.accept(event(sequence));
      return { stream, bob, restarted };
    };

    test('its clients fetch the room again, and nothing of the former log is kept', () => {
      const { stream, bob, restarted } = onReplacedLog();
      const carol = connection();
      const loadingCarol = loading(stream, carol.connection);

      stream.follow(LATER, stream.epoch);
      stream.accept({ ...event(4), epoch: LATER });
      assert.deepEqual(restarted, [bob]);
      assert.equal(stream.head, undefined);
      assert.equal(stream.reaches(headAt(5)), false, 'a snapshot of the former log');
      loadingCarol.start({ sequence: 3, epoch: LATER });

      assert.deepEqual(carol.received, [4]);
      assert.equal(stream.head, 4);
    });

    test('a snapshot shows it too, and what still comes of the former log is dropped', () => {
      const { stream, restarted } = onReplacedLog();

      assert.equal(stream.follow(LATER, stream.epoch), true);
      assert.equal(stream.follow(headAt(5).epoch, stream.epoch), false);
      stream.accept(event(6));

      assert.equal(restarted.length, 1);
      assert.equal(stream.epoch, LATER);
    });

    test('only a read that began after the stream followed its log shows a later one', () => {
      const { stream, restarted } = onReplacedLog();
      const present = stream.epoch;

      const before = stream.follow(LATER);
      stream.accept({ ...event(6), epoch: LATER });
      assert.deepEqual([before, stream.epoch, stream.head], [false, present, 5]);
      assert.deepEqual(restarted, []);

      assert.equal(stream.follow(LATER, present), true);
      assert.equal(restarted.length, 1);
    });
  });

  test('does not reach a snapshot that is older than its recent events', () => {
    const { stream } = streamOf({ tailMax: 2 });
    started(stream, 0);

    for (let sequence = 1; sequence <= 10; sequence += 1) stream.accept(event(sequence));

    assert.equal(stream.reaches(headAt(0)), false);
    assert.equal(stream.reaches(headAt(10)), true);
    assert.equal(stream.reaches(headAt(9)), true);
  });

  test('runs an acknowledgement in place of its event, and nowhere else', () => {
    const { stream } = streamOf();
    const bob = started(stream, 0);
    const carol = started(stream, 0);

    bob.subscription.acknowledgeAt(2, () => bob.received.push('ack 2'));
    for (const sequence of [1, 2, 3]) stream.accept(event(sequence));

    assert.deepEqual(bob.received, [1, 'ack 2', 3]);
    assert.deepEqual(carol.received, [1, 2, 3]);
  });

  test('runs an acknowledgement at once if the subscription is past it, or closed', () => {
    const { stream } = streamOf();
    const bob = started(stream, 5);
    const gone = started(stream, 5);
    gone.subscription.close();

    bob.subscription.acknowledgeAt(5, () => bob.received.push('ack 5'));
    gone.subscription.acknowledgeAt(9, () => gone.received.push('ack 9'));

    assert.deepEqual(bob.received, ['ack 5']);
    assert.deepEqual(gone.received, ['ack 9']);
  });

  test('runs a deferred acknowledgement when its connection leaves', () => {
    const { stream } = streamOf();
    const bob = started(stream, 0);
    bob.subscription.acknowledgeAt(2, () => bob.received.push('ack 2'));

    bob.subscription.close();

    assert.deepEqual(bob.received, ['ack 2']);
  });

  test('skips events that the log no longer has, without the subscribers that miss them', () => {
    const { stream } = streamOf();
    const late: string[] = [];
    const carol = connection();
    const clock = new FakeClock();
    const subscription = loading(stream, carol.connection, {
      ...keep,
      handleTooFarBehind: () => {
        late.push('carol');
        subscription.suspend(clock.schedule(1, () => {}));
      },
    });
    subscription.start(headAt(0));
    const bob = started(stream, 4);
    subscription.acknowledgeAt(3, () => carol.received.push('ack 3'));
    for (const sequence of [3, 6]) stream.accept(event(sequence));

    stream.skipTo(5);
    stream.skipTo(3);
    stream.accept(event(5));

    assert.deepEqual(late, ['carol']);
    assert.deepEqual(carol.received, ['ack 3']);
    assert.deepEqual(bob.received, [5, 6]);
    assert.equal(stream.reaches(headAt(3)), false);
  });

  test('continues as before after a failed snapshot', () => {
    const { stream } = streamOf();
    const bob = started(stream, 0);
    stream.accept(event(1));

    bob.subscription.load();
    stream.accept(event(2));
    assert.equal(bob.subscription.resume(), true);
    stream.accept(event(3));

    assert.deepEqual(bob.received, [1, 2, 3]);
  });

  test('sends every event after the snapshot once and in order, however they arrive', () => {
    const arrivals = fc.integer({ min: 1, max: 12 }).chain((count) =>
      fc.record({
        order: fc.shuffledSubarray(
          Array.from({ length: count }, (_, index) => index + 1),
          { minLength: count, maxLength: count },
        ),
        repeats: fc.array(fc.integer({ min: 1, max: count }), { maxLength: 6 }),
        joinAt: fc.integer({ min: 0, max: count }),
        startAt: fc.integer({ min: 0, max: count }),
        snapshot: fc.integer({ min: 0, max: count }),
        count: fc.constant(count),
      }),
    );
    fc.assert(
      fc.property(arrivals, ({ order, repeats, joinAt, startAt, snapshot, count }) => {
        const { stream } = streamOf();
        const bob = started(stream, 0);
        const carol = connection();
        const steps = [...order, ...repeats];
        const from = Math.min(joinAt, startAt);
        const until = Math.max(joinAt, startAt);
        let subscription: Subscription | undefined;

        for (const [index, sequence] of [...steps.entries()]) {
          if (index === from) subscription = loading(stream, carol.connection);
          if (index === until && subscription !== undefined) {
            subscription.start(headAt(snapshot));
          }
          stream.accept(event(sequence));
        }
        if (subscription === undefined) subscription = loading(stream, carol.connection);
        if (steps.length <= until) subscription.start(headAt(snapshot));

        const all = Array.from({ length: count }, (_, index) => index + 1);
        assert.deepEqual(bob.received, all);
        assert.deepEqual(
          carol.received,
          all.filter((sequence) => sequence > snapshot),
        );
      }),
    );
  });
});
