import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openMemoryStore } from '../../src/stores/memory/store.ts';
import { ChatHarness } from '../support/chat-harness.ts';
import { ownedBy, room } from '../support/records.ts';

const FIVE_MINUTES_MS = 5 * 60 * 1000;

async function names(harness: ChatHarness): Promise<string[]> {
  await harness.settle();
  const { id } = await harness.userOf('alice');
  const page = { after: undefined, limit: 100 };
  const { rooms } = await harness.store.rooms.listVisibleRooms(id, page);
  return rooms.map(({ room: { name } }) => name);
}

describe('an empty room', () => {
  test('goes five minutes after the last one left, where nobody ever wrote', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');

    alice.leave();
    harness.clock.advance(FIVE_MINUTES_MS - 1);
    assert.deepEqual(await names(harness), ['lobby']);
    harness.clock.advance(1);

    assert.deepEqual(await names(harness), []);
  });

  test('stays where somebody comes back in time', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    alice.leave();
    harness.clock.advance(FIVE_MINUTES_MS - 1);

    await (await harness.connect('bob')).join('lobby');
    harness.clock.advance(FIVE_MINUTES_MS);

    assert.deepEqual(await names(harness), ['lobby']);
  });

  test('stays for ever with messages in it, listed with nobody', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    await alice.send('hello');

    alice.leave();
    harness.clock.advance(10 * FIVE_MINUTES_MS);

    assert.deepEqual(await names(harness), ['lobby']);
    const bob = await harness.connect('bob');
    const { rooms } = await harness.chat.listRooms(bob.connection, {
      after: undefined,
      limit: undefined,
    });
    assert.equal(rooms[0]?.memberCount, 0);
  });

  test('goes at once, with its messages, where its name is temporary', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('temp-standup');
    await alice.send('hello');

    alice.leave();

    assert.deepEqual(await names(harness), []);
  });

  test('is taken up again after a restart', async () => {
    const store = openMemoryStore();
    const harness = new ChatHarness({ store });
    const alice = await harness.userOf('alice');
    await store.rooms.createRoom(room('left-over'), ownedBy(alice), 0);
    await harness.chat.begin();

    harness.clock.advance(FIVE_MINUTES_MS);

    assert.deepEqual(await names(harness), []);
  });

  test('leaves no timer behind', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    alice.leave();

    await harness.chat.close();

    assert.equal(harness.clock.timerCount, 0);
  });
});
