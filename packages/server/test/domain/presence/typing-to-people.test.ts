import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_WORKSPACE_ID } from '../../../src/model/workspace.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { NOON_MS, room } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

/** Users who know each other, but have no room together. */
async function three(store?: Store) {
  const harness = new ChatHarness(store && { store });
  const [alice, bob, carol] = [
    await harness.connect('alice'),
    await harness.connect('bob'),
    await harness.connect('carol'),
  ];
  await harness.shareWorkspace(alice, bob, carol);
  const type = async (from: Client, to: Client, isTyping: boolean) => {
    const recipient = { kind: 'id', id: to.connection.user.id } as const;
    await harness.chat.directTyping.set(from.connection, { recipient, isTyping });
    await harness.settle();
  };
  return { harness, alice, bob, carol, type };
}

function sent(client: Client): string[] {
  return client.ofKind('typing').map(({ username, isTyping }) => `${username} ${isTyping}`);
}

function nameKeyOf(one: Client, other: Client): string {
  return `direct:${[one, other]
    .map(({ connection }) => connection.user.id)
    .toSorted()
    .join(':')}`;
}

describe('typing to a user without a direct room', () => {
  test("is sent to all of the user's connections, and stores nothing", async () => {
    const { harness, alice, bob, carol, type } = await three();
    const [tab, phone] = [await harness.connect('alice'), await harness.connect('bob')];

    for (const client of [alice, bob, tab, phone]) client.received.length = 0; // The new sign-ins.
    for (const isTyping of [true, false]) await type(alice, bob, isTyping);

    for (const client of [bob, phone])
      assert.deepEqual(sent(client), ['alice true', 'alice false']);
    for (const client of [alice, tab, carol]) assert.deepEqual(client.kinds(), []);
    const { rooms } = harness.store;
    for (const { connection } of [alice, bob]) {
      const nameKey = nameKeyOf(alice, bob);
      const reference = { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey } as const;
      assert.equal(await rooms.findRoom(reference, connection.user.id), undefined);
      assert.deepEqual(await rooms.listMemberships(connection.user.id, 10), []);
    }
  });

  test('names the room that the first message creates, and ends with it', async () => {
    const { harness, alice, bob, type } = await three();
    await type(alice, bob, true);
    harness.clock.advance(1000);
    await type(bob, alice, true);

    const { roomId } = await alice.sendTo('bob', 'hello');
    await harness.settle();

    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
    const places = [...alice.ofKind('typing'), ...bob.ofKind('typing')].map((each) => each.roomId);
    assert.deepEqual(new Set(places), new Set([roomId]));
    assert.deepEqual(bob.kinds(), ['typing', 'typing', 'logged']);
    harness.clock.advance(1000);
    await type(bob, alice, false); // In the stream of the room that now exists.
    assert.deepEqual(sent(alice), ['bob true', 'bob false']);
  });

  test('is renewed while it continues, and ends automatically', async () => {
    const { harness, alice, bob, type } = await three();

    for (let seconds = 0; seconds < 4; seconds += 1) {
      await type(alice, bob, true);
      harness.clock.advance(1000);
    }
    harness.clock.advance(2000);

    assert.deepEqual(sent(bob), ['alice true', 'alice true', 'alice false']);
  });

  test('ends when the typing user disconnects', async () => {
    const { alice, bob, type } = await three();
    await type(alice, bob, true);

    alice.leave({ onPurpose: false });

    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
  });

  test('does not start for a connection that closes meanwhile', async () => {
    const { harness, alice, bob, type } = await three();

    const typing = type(alice, bob, true);
    alice.leave({ onPurpose: false });
    await typing;
    harness.clock.advance(10_000);

    assert.deepEqual(sent(bob), []);
  });

  test('goes to one user at a time', async () => {
    const { harness, alice, bob, carol, type } = await three();
    await type(alice, bob, true);
    harness.clock.advance(1000);

    await type(alice, carol, true);

    assert.deepEqual([sent(bob), sent(carol)], [['alice true', 'alice false'], ['alice true']]);
  });

  test('does not ask the store for each frame', async () => {
    const store = openSqliteInMemory();
    let questions = 0;
    const counted = <A extends unknown[], R>(ask: (...args: A) => R) => {
      return (...args: A): R => {
        questions += 1;
        return ask(...args);
      };
    };
    const { harness, alice, bob, type } = await three({
      ...store,
      accounts: { ...store.accounts, isBlockedBetween: counted(store.accounts.isBlockedBetween) },
      rooms: { ...store.rooms, findRoom: counted(store.rooms.findRoom) },
    });

    for (let frames = 0; frames < 50; frames += 1) await type(alice, bob, frames % 2 === 0);
    const ofFirst = questions;
    await harness.chat.blocks.block(bob.connection.user, alice.connection.user.id);

    assert.ok(ofFirst <= 5, `${ofFirst} questions`);
    const shown = sent(bob).length;
    await type(alice, bob, true);
    assert.equal(sent(bob).length, shown);
    await harness.chat.blocks.unblock(bob.connection.user, alice.connection.user.id);
    harness.clock.advance(5000);
    await type(alice, bob, true);
    assert.ok(sent(bob).length > shown);
  });

  test('is not shown to strangers before the first message', async () => {
    const { harness, alice, bob } = await three();
    const eve = await harness.connect('eve');
    const type = async (from: Client, to: Client) => {
      const recipient = { kind: 'id', id: to.connection.user.id } as const;
      await harness.chat.directTyping.set(from.connection, { recipient, isTyping: true });
      await harness.settle();
    };
    for (const client of [bob, eve]) await client.join('lobby'); // A public room.

    await type(eve, bob);
    assert.deepEqual(sent(bob), []);
    await eve.sendTo('bob', 'hello');
    await harness.settle(); // The room is open on the connection of bob.
    harness.clock.advance(5000);
    await type(eve, bob);
    await type(alice, bob);

    assert.deepEqual(sent(bob), ['eve true', 'alice true']);
  });

  test('is rejected for unknown users and the sender, and not shown to users with a block', async () => {
    const { harness, alice, bob, type } = await three();
    await harness.chat.blocks.block(bob.connection.user, alice.connection.user.id);
    const recipient = { kind: 'id', id: 'nobody' as never } as const;

    const toUnknownUser = harness.chat.directTyping.set(alice.connection, {
      recipient,
      isTyping: true,
    });
    await assert.rejects(toUnknownUser, { code: 'NOT_FOUND' });
    await assert.rejects(type(alice, alice, true), { code: 'VALIDATION_ERROR' });
    await type(alice, bob, true); // An error would tell alice of the block.
    await type(bob, alice, true);

    assert.deepEqual([sent(bob), sent(alice)], [[], []]);
  });
});

test('typing to a user goes into an existing room, even if it is not open on the connection', async () => {
  const { harness, alice, bob, type } = await three();
  const people = [alice, bob].map(({ connection }) => connection.user.id);
  // Created with a random id.
  const nameKey = nameKeyOf(alice, bob);
  const made = room('', { kind: 'direct', nameKey, visibility: 'private' });
  const members = people.map((userId) => ({ userId, role: 'member' }) as const);
  await harness.store.rooms.createRoom(made, members, NOON_MS);
  const phone = await harness.connect('bob');

  for (const isTyping of [true, false]) await type(alice, bob, isTyping);

  assert.deepEqual(sent(phone), ['alice true', 'alice false']);
  assert.deepEqual(new Set(phone.ofKind('typing').map(({ roomId }) => roomId)), new Set([made.id]));
});
