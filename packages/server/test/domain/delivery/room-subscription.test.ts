import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Epoch } from '@parley/protocol';
import { ClientMemoryBudget } from '../../../src/domain/delivery/client-memory-budget.ts';
import { EncodedEvent } from '../../../src/domain/delivery/fan-out.ts';
import { RoomStream } from '../../../src/domain/delivery/room-stream.ts';
import {
  RoomSubscription,
  type Subscriber,
  type SubscriptionState,
} from '../../../src/domain/delivery/room-subscription.ts';
import type { ChatEvent } from '../../../src/model/client-event.ts';
import type { RoomEvent } from '../../../src/model/room-event.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { headAt, messageEvent, room, user } from '../../support/records.ts';

const lobby = room('lobby');
const bob = user('bob');
const clock = new FakeClock();
const event = (sequence: number): RoomEvent => messageEvent(lobby.id, sequence);

/** A subscription to the lobby whose client reads unless the test says otherwise. */
function subscriptionOf() {
  const received: (number | string)[] = [];
  const client = { isReading: true, tooFarBehind: 0 };
  const connection: Subscriber = {
    user: bob,
    openRooms: [],
    link: { dialect: { encode: (sent: ChatEvent) => sent } },
    backpressure: {
      offer: (frame, delivery) => {
        if (!client.isReading && delivery !== 'direct') return false;
        const sent = frame as ChatEvent;
        received.push(sent.kind === 'logged' ? sent.event.sequence : sent.kind);
        return true;
      },
      markStale: () => {},
    },
  };
  const subscription = new RoomSubscription<Subscriber>(connection, lobby.id, {
    behindMax: 3,
    handleAccessLost: () => subscription.close(),
    handleTooFarBehind: () => {
      client.tooFarBehind += 1;
      suspend(subscription);
    },
  });
  const stream = new RoomStream<RoomSubscription<Subscriber>>(lobby, {
    tailMax: 100,
    budget: new ClientMemoryBudget(1024 * 1024),
    onGap: () => {},
  });
  subscription.attach(stream);
  return { subscription, stream, received, client };
}

function suspend(subscription: RoomSubscription<Subscriber>): void {
  subscription.suspend(clock.schedule(1, () => {}));
}

const REACH: Readonly<Record<SubscriptionState, () => RoomSubscription<Subscriber>>> = {
  loading: () => subscriptionOf().subscription,
  live: () => {
    const { subscription } = subscriptionOf();
    subscription.start(headAt(0));
    return subscription;
  },
  lagging: () => {
    const { subscription, stream, client } = subscriptionOf();
    subscription.start(headAt(0));
    client.isReading = false;
    stream.accept(event(1));
    return subscription;
  },
  suspended: () => {
    const subscription = REACH.live();
    suspend(subscription);
    return subscription;
  },
  closed: () => {
    const subscription = REACH.live();
    subscription.close();
    return subscription;
  },
};

const STEPS: Readonly<Record<string, (subscription: RoomSubscription<Subscriber>) => void>> = {
  load: (subscription) => subscription.load(),
  start: (subscription) => subscription.start(headAt(1)),
  suspend,
  close: (subscription) => subscription.close(),
};

/** The state after each step; undefined if the step is illegal. */
const AFTER: Readonly<Record<SubscriptionState, Readonly<Record<string, SubscriptionState>>>> = {
  loading: { start: 'live', suspend: 'suspended', close: 'closed' },
  live: { load: 'loading', suspend: 'suspended', close: 'closed' },
  lagging: { load: 'loading', start: 'live', suspend: 'suspended', close: 'closed' },
  suspended: { load: 'loading', close: 'closed' },
  closed: {},
};

describe('RoomSubscription', () => {
  for (const [state, reach] of Object.entries(REACH)) {
    for (const [name, step] of Object.entries(STEPS)) {
      // The table above has every state.
      const after = AFTER[state as SubscriptionState][name];
      const result = after === undefined ? 'throws and changes nothing' : `is ${after}`;
      test(`${result} after ${name} in state ${state}`, () => {
        const subscription = reach();
        assert.equal(subscription.state, state);

        if (after === undefined) assert.throws(() => step(subscription), /A subscription went/);
        else step(subscription);

        assert.equal(subscription.state, after ?? state);
      });
    }
  }

  test('lags when its client does not read, and is live again with the last missed event', () => {
    const { subscription, stream, received, client } = subscriptionOf();
    subscription.start(headAt(0));
    client.isReading = false;
    for (const sequence of [1, 2]) stream.accept(event(sequence));

    subscription.receiveMissed(event(1));
    assert.equal(subscription.state, 'lagging');
    subscription.receiveMissed(event(2));

    assert.equal(subscription.state, 'live');
    assert.deepEqual(received, [1, 2]);
  });

  test('sends no missed event out of order, or ahead of the stream', () => {
    const { subscription, stream, received, client } = subscriptionOf();
    subscription.start(headAt(0));
    client.isReading = false;
    for (const sequence of [1, 2]) stream.accept(event(sequence));

    for (const sequence of [2, 1, 1, 2, 3]) subscription.receiveMissed(event(sequence));

    assert.deepEqual(received, [1, 2]);
  });

  test('reports once that it is too far behind', () => {
    const { subscription, stream, client } = subscriptionOf();
    subscription.start(headAt(0));
    client.isReading = false;

    for (const sequence of [1, 2, 3, 4, 5]) stream.accept(event(sequence));

    assert.equal(client.tooFarBehind, 1);
    assert.equal(subscription.state, 'suspended');
  });

  test('gets acknowledgements of a snapshot before it, the later ones in their positions', () => {
    const { subscription, stream, received } = subscriptionOf();
    for (const sequence of [4, 2]) {
      subscription.acknowledgeAt(sequence, () => received.push(`ack ${sequence}`));
    }

    assert.equal(subscription.acknowledgeUpTo(2), true);
    received.push('snapshot 2');
    subscription.start(headAt(2));
    for (const sequence of [3, 4, 5]) stream.accept(event(sequence));

    assert.deepEqual(received, ['ack 2', 'snapshot 2', 3, 'ack 4', 5]);
  });

  test('gets acknowledgements of a repeated snapshot in the order of the room', () => {
    const { subscription, stream, received } = subscriptionOf();
    subscription.start(headAt(0));
    subscription.acknowledgeAt(2, () => received.push('ack 2'));
    subscription.load();
    for (const sequence of [1, 2, 3]) stream.accept(event(sequence));

    assert.equal(subscription.acknowledgeUpTo(3), true);
    received.push('snapshot 3');
    subscription.start(headAt(3));

    assert.deepEqual(received, [1, 'ack 2', 'snapshot 3']);
  });

  test('acknowledges at once what waits when it is suspended or closed', () => {
    for (const end of [suspend, STEPS['close']]) {
      const { subscription, received } = subscriptionOf();
      subscription.start(headAt(0));
      subscription.acknowledgeAt(2, () => received.push('ack 2'));

      end?.(subscription);
      subscription.acknowledgeAt(3, () => received.push('ack 3'));

      assert.deepEqual(received, ['ack 2', 'ack 3']);
    }
  });

  test('loses acknowledgements of a log that has ended, also while it loads the next one', () => {
    for (const isLoading of [false, true]) {
      const { subscription, stream } = subscriptionOf();
      const outcomes: string[] = [];
      subscription.start(headAt(0));
      if (isLoading) subscription.load();
      subscription.acknowledgeAt(2, (outcome) => outcomes.push(outcome));

      stream.follow('after a failover' as Epoch, stream.epoch);

      assert.deepEqual(outcomes, ['lost']);
      // Before anything of the other log is sent, the client is informed.
      assert.equal(subscription.state, 'suspended');
    }
  });

  test('sends the loss of access in its position, and nothing later', () => {
    const { subscription, stream, received } = subscriptionOf();
    subscription.start(headAt(0));
    const lost = { ...event(2), kind: 'access-lost', userId: bob.id, reason: 'removed' };

    // A message event with the fields of the other kind.
    for (const sent of [event(1), lost as unknown as RoomEvent, event(3)]) stream.accept(sent);

    assert.deepEqual(received, [1, 'room-left']);
    assert.equal(subscription.state, 'closed');
  });

  test('does not send an event that the client has', () => {
    const { subscription, received } = subscriptionOf();
    subscription.start(headAt(5));

    const encoded = new EncodedEvent({ kind: 'logged', event: event(5), room: lobby });
    assert.equal(subscription.receive(event(5), encoded), false);

    assert.deepEqual(received, []);
  });
});
