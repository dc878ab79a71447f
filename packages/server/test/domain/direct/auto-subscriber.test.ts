import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness, Client } from '../../support/chat-harness.ts';
import { NOON_MS, room } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

/** A store that reads rooms by id, and lists of rooms, only when the test allows it. */
function withGate(): { readonly store: Store; readonly beginLoading: () => () => void } {
  const store = openSqliteInMemory();
  let gate: Promise<void> = Promise.resolve();
  const rooms: Store['rooms'] = {
    ...store.rooms,
    findRoom: async (reference, userId) => {
      if (reference.kind === 'id') await gate;
      return store.rooms.findRoom(reference, userId);
    },
    listRoomsOf: async (...page) => {
      await gate;
      return store.rooms.listRoomsOf(...page);
    },
  };
  const beginLoading = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  return { store: { ...store, rooms }, beginLoading };
}

describe('a direct or group room that opens with an event', () => {
  test('acknowledges its author in the positions of the stream, however long opening takes', async () => {
    const { store, beginLoading } = withGate();
    const harness = new ChatHarness({ store });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const people = [alice, bob].map(({ connection }) => connection.user.id);
    // By another node, so that the room is not open here.
    const nameKey = `direct:${people.toSorted().join(':')}`;
    const made = room('', { kind: 'direct', nameKey, visibility: 'private' });
    const members = people.map((userId) => ({ userId, role: 'member' }) as const);
    await store.rooms.createRoom(made, members, NOON_MS);

    const release = beginLoading();
    const sent = [alice.sendTo('bob', '1'), alice.sendTo('bob', '2')];
    await harness.settle();
    release();
    await harness.settle();
    harness.clock.advance(1000); // Messages from before the room was open are read from the store.
    await harness.settle();
    await Promise.all(sent);

    const answers = alice.received.map((event) => event.kind === 'acknowledged' && event.sequence);
    assert.deepEqual(answers, [1, 2]); // And never as another user's.
    assert.deepEqual(bob.messages, ['1', '2']);
  });

  test('sends nothing before the welcome', async () => {
    const { store, beginLoading } = withGate();
    const harness = new ChatHarness({ store });
    const alice = await harness.connect('alice');
    const bob = new Client(harness, await harness.userOf('bob'), 'key', NOON_MS * 2);

    const release = beginLoading();
    let head: number | undefined;
    const welcome = harness.chat.connections.welcome(bob.connection, ({ rooms: [listed] }) => {
      head = listed?.head.sequence;
    });
    await harness.settle();
    await alice.sendTo('bob', 'hello');
    await harness.settle();
    assert.deepEqual(bob.received, []);
    release();
    await welcome;
    await alice.sendTo('bob', 'and on');

    assert.equal(head, 1);
    assert.deepEqual(bob.messages, ['and on']);
  });

  test('without messages is not listed after typing', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const recipient = { kind: 'id', id: bob.connection.user.id } as const;
    await harness.shareWorkspace(alice, bob);

    await harness.chat.directTyping.set(alice.connection, { recipient, isTyping: true });
    await harness.settle();
    assert.deepEqual(bob.kinds(), ['typing']);
    assert.deepEqual((await harness.connect('bob')).welcomedWith, []);
    const list = async () =>
      (await harness.chat.roomLists.listConversations(bob.connection.user)).items;
    assert.deepEqual(await list(), []);
    await alice.sendTo('bob', 'hello');

    assert.equal((await list()).length, 1);
  });

  test('has only its author while the recipient blocks the author', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await harness.chat.blocks.block(bob.connection.user, alice.connection.user.id);

    await alice.sendTo('bob', 'x');
    await alice.sendTo('bob', 'y');
    await harness.settle();

    const ofBob = async () =>
      (await harness.chat.roomLists.listConversations(bob.connection.user)).items;
    assert.deepEqual([await ofBob(), bob.messages], [[], []]);
    await assert.rejects(bob.sendTo('alice', 'x'), { code: 'FORBIDDEN' });
    await harness.chat.blocks.unblock(bob.connection.user, alice.connection.user.id);
    await alice.sendTo('bob', 'z');
    await harness.settle();
    assert.deepEqual(bob.messages, ['z']);
    assert.equal((await ofBob()).length, 1);
  });
});
