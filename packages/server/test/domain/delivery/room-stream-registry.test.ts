import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openMemoryBus } from '../../../src/bus/memory/bus.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { command } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const KEPT_MS = 60_000;
const KEPT_MAX = 100;
/** Interval after which a user may create another room. */
const CREATION_PAUSE_MS = 60_000;

/** A harness, and the number of rooms that its node subscribes to. */
function withSubscriptions() {
  const bus = openMemoryBus();
  const subscribed = { count: 0 };
  const counting: Bus = {
    ...bus,
    async subscribe(topic, id, handle) {
      const unsubscribe = await bus.subscribe(topic, id, handle);
      if (topic !== 'room') return unsubscribe;
      subscribed.count += 1;
      return () => {
        subscribed.count -= 1;
        return unsubscribe();
      };
    },
  };
  return { harness: new ChatHarness({ bus: counting }), subscribed };
}

describe('the stream of a room that is not open anywhere', () => {
  test('is kept for a minute', async () => {
    const { harness, subscribed } = withSubscriptions();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    await alice.send('hello');
    alice.leave();

    harness.clock.advance(KEPT_MS - 1);
    await harness.settle();
    const kept = subscribed.count;
    harness.clock.advance(1);
    await harness.settle();

    assert.deepEqual([kept, subscribed.count], [1, 0]);
  });

  test('brings the missed messages to a client that comes back in time', async () => {
    const { harness, subscribed } = withSubscriptions();
    const alice = await harness.connect('alice');
    const { room } = await alice.join('lobby');
    await alice.send('one');
    alice.leave();
    const bob = await harness.userOf('bob');
    await harness.store.rooms.addMember(room.id, bob.id, harness.clock.nowMs());
    const post = {
      to: { roomId: room.id },
      content: 'two',
      clientMessageId: undefined,
      parentId: undefined,
      attachments: [],
    };
    await harness.chat.connectionless.send(bob, post);

    const again = await harness.connect('alice');
    const joined = await again.join('lobby', { lastSequence: 1 });
    harness.clock.advance(KEPT_MS);
    await again.send('three');
    await harness.settle();

    assert.deepEqual(
      joined.state.history.map(({ content }) => content),
      ['two'],
    );
    assert.equal(subscribed.count, 1);
  });

  test('closes early if too many are kept, least recently used first', async () => {
    const { harness, subscribed } = withSubscriptions();
    const alice = await harness.connect('alice');
    for (let index = 0; index <= KEPT_MAX; index += 1) {
      await alice.join(`room-${index}`);
      harness.clock.advance(CREATION_PAUSE_MS);
    }

    alice.leave();
    await harness.settle();

    assert.equal(subscribed.count, KEPT_MAX);
  });

  test('is not kept if the room is deleted when its last user leaves', async () => {
    const { harness, subscribed } = withSubscriptions();
    const alice = await harness.connect('alice');
    await alice.join('temp-1');

    alice.leave();
    await harness.settle();

    assert.equal(subscribed.count, 0);
  });
});

describe('the stream of a room', () => {
  test('repairs a gap of more events than a page has', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    const { room } = await alice.join('lobby');
    const about = { roomId: room.id, userId: alice.connection.user.id };
    await harness.store.log.commit(Array.from({ length: 512 }, () => command(about)));

    const bob = await harness.connect('bob');
    await bob.join('lobby'); // Shows the head to the stream.
    for (let repairs = 0; repairs < 3; repairs += 1) {
      harness.clock.advance(20);
      await harness.settle();
    }

    assert.equal(alice.messages.length, 512);
  });

  test('reads an event that the store does not return once a second', async () => {
    const memory = openSqliteInMemory();
    let reads = 0;
    const readEvents: Store['log']['readEvents'] = async (roomId, after, limit) => {
      reads += 1;
      const page = await memory.log.readEvents(roomId, after, limit);
      return { ...page, events: page.events.filter(({ sequence }) => sequence !== 2) };
    };
    const store = { ...memory, log: { ...memory.log, readEvents } };
    const harness = new ChatHarness({ store });
    const alice = await harness.connect('alice');
    const { room } = await alice.join('lobby');
    const about = { roomId: room.id, userId: alice.connection.user.id };
    await memory.log.commit([command(about), command(about), command(about)]);

    await (await harness.connect('bob')).join('lobby'); // Shows the head to the stream.
    for (let step = 0; step < 200; step += 1) {
      harness.clock.advance(20);
      await harness.settle();
    }

    assert.equal(alice.messages.length, 1);
    assert.ok(reads >= 4 && reads <= 6, `read ${reads} times in 4 s`);
  });
});
