import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';

async function typists() {
  const harness = new ChatHarness();
  const alice = await harness.connect('alice');
  const bob = await harness.connect('bob');
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  const type = (client: Client, isTyping: boolean) =>
    harness.chat.typing.set(client.connection, { roomId: lobby.id, isTyping });
  return { harness, alice, bob, lobby, type };
}

function sent(client: Client): string[] {
  return client.ofKind('typing').map(({ username, isTyping }) => `${username} ${isTyping}`);
}

describe('typing', () => {
  test('is sent to the others, once per change', async () => {
    const { alice, bob, type } = await typists();

    for (const isTyping of [true, true, false, false]) type(alice, isTyping);

    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
    assert.deepEqual(sent(alice), []);
  });

  test('ends automatically three seconds after the last signal', async () => {
    const { harness, alice, bob, type } = await typists();
    type(alice, true);
    harness.clock.advance(2000);
    type(alice, true);
    harness.clock.advance(2999);
    assert.deepEqual(sent(bob), ['alice true']);

    harness.clock.advance(1);

    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
  });

  test('is renewed for receivers while it continues', async () => {
    const { harness, alice, bob, type } = await typists();

    for (let seconds = 0; seconds < 7; seconds += 1) {
      type(alice, true);
      harness.clock.advance(1000);
    }

    assert.deepEqual(sent(bob), ['alice true', 'alice true', 'alice true']);
  });

  test('sends one start per second and user', async () => {
    const { harness, alice, bob, type } = await typists();

    for (let times = 0; times < 5; times += 1) {
      type(alice, true);
      type(alice, false);
    }
    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
    harness.clock.advance(1000);
    type(alice, true);

    assert.deepEqual(sent(bob), ['alice true', 'alice false', 'alice true']);
  });

  test('that restarts within the second is shown after it, as long as it lasts', async () => {
    const { harness, alice, bob, type } = await typists();
    for (const isTyping of [true, false, true]) type(alice, isTyping);

    harness.clock.advance(999);
    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
    harness.clock.advance(1);
    assert.deepEqual(sent(bob), ['alice true', 'alice false', 'alice true']);
    harness.clock.advance(2000);

    assert.deepEqual(sent(bob).slice(3), ['alice false']);
  });

  test('that starts and ends within the second is not shown', async () => {
    const { harness, alice, bob, type } = await typists();

    for (const isTyping of [true, false, true, false]) type(alice, isTyping);
    harness.clock.advance(10_000);

    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
  });

  test('in a second room within the second is shown after it', async () => {
    const { harness, alice, bob, type } = await typists();
    const { room: ops } = await alice.join('ops');
    await bob.join('ops');
    type(alice, true);

    harness.chat.typing.set(alice.connection, { roomId: ops.id, isTyping: true });
    assert.equal(bob.ofKind('typing').length, 1);
    harness.clock.advance(1000);

    assert.deepEqual(sent(bob), ['alice true', 'alice true']);
    assert.equal(bob.ofKind('typing').at(-1)?.roomId, ops.id);
  });

  test('ends with the message', async () => {
    const { alice, bob, type } = await typists();
    type(alice, true);

    await alice.send('hello');

    const kinds = bob.kinds().filter((kind) => kind === 'typing' || kind === 'logged');
    assert.deepEqual(kinds, ['typing', 'typing', 'logged']);
  });

  test('ends when the user leaves the room or disconnects', async () => {
    const { harness, alice, bob, lobby, type } = await typists();
    type(alice, true);
    harness.chat.subscriptions.leave(alice.connection, lobby.id);
    assert.deepEqual(sent(bob), ['alice true', 'alice false']);

    harness.clock.advance(1000);
    await alice.join('lobby');
    type(alice, true);
    alice.leave({ onPurpose: false });

    assert.deepEqual(sent(bob).slice(2), ['alice true', 'alice false']);
  });

  test('is shown per user: it ends with the last connection that types', async () => {
    const { harness, alice, bob, type } = await typists();
    const tab = await harness.connect('alice');
    await tab.join('lobby');
    type(alice, true);
    harness.clock.advance(1000);
    type(tab, true);

    type(alice, false);
    assert.deepEqual(sent(bob), ['alice true']);
    type(tab, false);

    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
    assert.deepEqual(sent(tab), []);
  });

  test('of one user on many connections leaves room for the others', async () => {
    const { harness, alice, bob, type } = await typists();
    for (let count = 0; count < 30; count += 1) {
      const mallory = await harness.connect('mallory');
      await mallory.join('lobby');
      type(mallory, true);
    }

    type(alice, true);

    assert.deepEqual(sent(bob), ['mallory true', 'alice true']);
  });

  test('of more than 20 users shows 20', async () => {
    const { harness, bob, type } = await typists();
    for (let count = 0; count < 25; count += 1) {
      const other = await harness.connect(`other${count}`);
      await other.join('lobby');
      type(other, true);
    }

    assert.equal(sent(bob).length, 20);
  });

  test('continues while a second connection types, whenever that started', async () => {
    const { harness, alice, bob, type } = await typists();
    const tab = await harness.connect('alice');
    await tab.join('lobby');
    type(alice, true);
    harness.clock.advance(300);
    type(tab, true);

    alice.leave({ onPurpose: false });
    harness.clock.advance(2999);
    assert.deepEqual(sent(bob), ['alice true']);
    harness.clock.advance(1);

    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
  });

  test('starts once a second even if the user reconnects', async () => {
    const { harness, alice, bob, type } = await typists();
    type(alice, true);
    alice.leave({ onPurpose: false });
    const tab = await harness.connect('alice');
    await tab.join('lobby');

    type(tab, true);
    assert.deepEqual(sent(bob), ['alice true', 'alice false']);
    harness.clock.advance(1000);

    assert.deepEqual(sent(bob), ['alice true', 'alice false', 'alice true']);
  });

  test('is sent to a client that joins meanwhile, after the snapshot', async () => {
    const { harness, alice, type } = await typists();
    type(alice, true);
    const carol = await harness.connect('carol');

    await carol.join('lobby');

    assert.deepEqual(sent(carol), ['alice true']);
  });

  test('requires the room to be open', async () => {
    const { harness, lobby } = await typists();
    const carol = await harness.connect('carol');

    assert.throws(
      () => harness.chat.typing.set(carol.connection, { roomId: lobby.id, isTyping: true }),
      { code: 'NOT_IN_ROOM' },
    );
  });
});
