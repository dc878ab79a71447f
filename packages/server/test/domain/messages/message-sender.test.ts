import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { losingStore } from '../../support/losing-store.ts';
import { NOON_MS, newRoomId } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

async function twoInLobby(harness = new ChatHarness()) {
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  return { harness, alice, bob, lobby };
}

describe('sending a message', () => {
  test('reaches the others once, and acknowledges the sender in its position', async () => {
    const { alice, bob } = await twoInLobby();

    const acknowledgement = await alice.send('hello', { clientMessageId: 'c1' });

    assert.deepEqual(bob.messages, ['hello']);
    assert.deepEqual(alice.messages, []);
    assert.equal(acknowledgement.sequence, 1);
    assert.equal(acknowledgement.duplicate, false);
    assert.equal(acknowledgement.clientMessageId, 'c1');
  });

  test("reaches the sender's other connections too", async () => {
    const { harness, alice } = await twoInLobby();
    const tab = await harness.connect('alice');
    await tab.join('lobby');

    await alice.send('hello');

    assert.deepEqual(tab.messages, ['hello']);
  });

  test('takes the sender from the connection, and the time from the server', async () => {
    const { alice, bob, harness } = await twoInLobby();
    harness.clock.advance(5);

    await alice.send('hello');

    const [sent] = bob.ofKind('logged');
    assert(sent?.event.kind === 'message');
    assert.equal(sent.event.message.sender, 'alice');
    assert.equal(sent.event.message.userId, alice.connection.user.id);
    assert.equal(sent.event.message.createdAtMs, NOON_MS + 5);
  });

  test('keeps the order of one sender, without waiting for each commit', async () => {
    const { alice, bob } = await twoInLobby();
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`);

    const acknowledgements = await Promise.all(texts.map((text) => alice.send(text)));

    assert.deepEqual(bob.messages, texts);
    assert.deepEqual(
      acknowledgements.map(({ sequence }) => sequence),
      texts.map((_, index) => index + 1),
    );
  });

  test('never acknowledges ahead of the events below', async () => {
    const { alice, bob } = await twoInLobby();

    await Promise.all([alice.send('a1'), bob.send('b1'), alice.send('a2'), bob.send('b2')]);

    const order = (client: typeof alice) =>
      client.received.flatMap((event) =>
        event.kind === 'acknowledged'
          ? [event.sequence]
          : event.kind === 'logged'
            ? [event.event.sequence]
            : [],
      );
    assert.deepEqual(order(alice), [1, 2, 3, 4]);
    assert.deepEqual(order(bob), [1, 2, 3, 4]);
  });

  test('acknowledges a retry as the first attempt, and sends nothing again', async () => {
    const { alice, bob } = await twoInLobby();
    const first = await alice.send('hello', { clientMessageId: 'c1' });

    const again = await alice.send(' hello ', { clientMessageId: 'c1' });

    // The message itself comes once: with the acknowledgement that stored it.
    assert.deepEqual(again, { ...first, duplicate: true, message: undefined });
    assert.deepEqual(bob.messages, ['hello']);
  });

  test("makes a retry wait for the first attempt's commit", async () => {
    const { alice, bob } = await twoInLobby();

    const both = await Promise.all([
      alice.send('hello', { clientMessageId: 'c1' }),
      alice.send('hello', { clientMessageId: 'c1' }),
    ]);

    assert.deepEqual(
      both.map(({ sequence, duplicate }) => [sequence, duplicate]),
      [
        [1, false],
        [1, true],
      ],
    );
    assert.deepEqual(bob.messages, ['hello']);
  });

  test('rejects another text under a used id', async () => {
    const { alice, bob } = await twoInLobby();
    await alice.send('hello', { clientMessageId: 'c1' });

    await assert.rejects(alice.send('other', { clientMessageId: 'c1' }), {
      code: 'CONFLICT',
      details: {
        field: 'clientMessageId',
        message: 'This clientMessageId was used for another command',
      },
    });
    assert.deepEqual(bob.messages, ['hello']);
  });

  test("sends attachments, which are part of a message's identity", async () => {
    const { alice, bob } = await twoInLobby();
    const attachments = [{ url: '/a', size: 3 }, 'b'];
    const first = await alice.send('hello', { clientMessageId: 'c1', attachments });

    // The order of the client's fields does not matter.
    const reordered = [{ size: 3, url: '/a' }, 'b'];
    const again = await alice.send('hello', { clientMessageId: 'c1', attachments: reordered });

    const [sent] = bob.ofKind('logged');
    assert(sent?.event.kind === 'message');
    assert.deepEqual(sent.event.message.attachments, attachments);
    assert.deepEqual([again.duplicate, again.messageId], [true, first.messageId]);
    for (const other of [[], ['b'], ['b', { url: '/a', size: 3 }], [{ url: '/a', size: 4 }, 'b']]) {
      await assert.rejects(alice.send('hello', { clientMessageId: 'c1', attachments: other }), {
        code: 'CONFLICT',
        details: {
          field: 'clientMessageId',
          message: 'This clientMessageId was used for another command',
        },
      });
    }
    assert.deepEqual(bob.messages, ['hello']);
  });

  test('goes to the only open room by default', async () => {
    const { alice, bob } = await twoInLobby();

    await alice.send('hello');

    assert.deepEqual(bob.messages, ['hello']);
  });

  test('requires a room if several or none are open', async () => {
    const { harness, alice } = await twoInLobby();
    await alice.join('ops');
    const carol = await harness.connect('carol');

    assert.throws(() => alice.send('hello'), { code: 'VALIDATION_ERROR' });
    assert.throws(() => carol.send('hello'), { code: 'VALIDATION_ERROR' });
  });

  test('gets the same error for a room that is not open and one that does not exist', async () => {
    const { harness, lobby } = await twoInLobby();
    const carol = await harness.connect('carol');

    assert.throws(() => carol.send('hello', { roomId: lobby.id }), { code: 'NOT_IN_ROOM' });
    assert.throws(() => carol.send('hello', { roomId: newRoomId() }), { code: 'NOT_IN_ROOM' });
  });

  test('is limited per connection; rejected messages are not stored', async () => {
    const { harness, alice, bob, lobby } = await twoInLobby(
      new ChatHarness({ settings: { messageRateMax: 3, messageRateWindowMs: 3000 } }),
    );
    for (const text of ['1', '2', '3']) await alice.send(text);

    assert.throws(() => alice.send('4'), {
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 1 },
    });
    assert.deepEqual(bob.messages, ['1', '2', '3']);
    await bob.send('my own limit', { roomId: lobby.id });
    harness.clock.advance(1000);
    await alice.send('5');
  });

  test('is not limited where the limit is 0', async () => {
    const { alice } = await twoInLobby(new ChatHarness({ settings: { messageRateMax: 0 } }));

    const sends = Array.from({ length: 500 }, (_, index) => alice.send(`${index}`));

    assert.equal((await Promise.all(sends)).at(-1)?.sequence, 500);
  });

  test('is acknowledged even if the sender has left the room since', async () => {
    const { harness, alice, bob, lobby } = await twoInLobby();

    const sending = alice.send('hello');
    harness.chat.subscriptions.leave(alice.connection, lobby.id);

    assert.equal((await sending).sequence, 1);
    assert.deepEqual(bob.messages, ['hello']);
  });

  test('is not acknowledged if the outcome is unknown, and is found by a retry', async () => {
    const { store, answers } = losingStore();
    const { harness, alice, bob } = await twoInLobby(new ChatHarness({ store }));
    await alice.send('before');
    answers.areLost = true;

    await assert.rejects(alice.send('perhaps', { clientMessageId: 'c1' }), {
      code: 'UNAVAILABLE',
      details: { retryAfterSeconds: 1 },
    });
    answers.areLost = false;
    const again = alice.send('perhaps', { clientMessageId: 'c1' });
    const after = alice.send('after');
    await harness.settle();
    harness.clock.advance(20);

    const { duplicate, replacesEvent } = await again;
    assert.deepEqual([duplicate, replacesEvent, (await after).sequence], [true, true, 3]);
    assert.equal((await alice.send('perhaps', { clientMessageId: 'c1' })).replacesEvent, false);
    assert.deepEqual(alice.messages, []);
    assert.deepEqual(bob.messages, ['before', 'perhaps', 'after']);
  });

  test('is answered with its thread position by a repeated reply, before later messages', async () => {
    const { store, answers } = losingStore();
    const { harness, alice, bob } = await twoInLobby(new ChatHarness({ store }));
    const { messageId: parentId } = await alice.send('question');
    answers.areLost = true;
    const reply = { parentId, clientMessageId: 'c1' };
    await assert.rejects(alice.send('answer', reply), { code: 'UNAVAILABLE' });
    answers.areLost = false;

    const again = alice.send('answer', reply);
    await harness.settle();
    const after = bob.send('after');
    await harness.settle();
    harness.clock.advance(20);
    await harness.settle();

    const { sent, replacesEvent } = await again;
    assert.deepEqual(sent?.reply, { parentId, number: 1 });
    assert.equal(replacesEvent, true);
    assert.equal((await after).sequence, 3);
    const order = alice.received.flatMap((event) =>
      event.kind === 'acknowledged'
        ? [event.sequence]
        : event.kind === 'logged'
          ? [event.event.sequence]
          : [],
    );
    assert.deepEqual(order, [1, 2, 3]);
  });

  test('is delivered if its commit had an unknown outcome, and before later messages', async () => {
    const { store, answers } = losingStore();
    const { harness, alice, bob } = await twoInLobby(new ChatHarness({ store }));
    answers.areLost = true;
    await assert.rejects(alice.send('perhaps', { clientMessageId: 'c1' }), { code: 'UNAVAILABLE' });
    answers.areLost = false;

    harness.clock.advance(20);
    await harness.settle();

    assert.deepEqual(bob.messages, ['perhaps']);
    assert.equal((await alice.send('perhaps', { clientMessageId: 'c1' })).duplicate, true);
  });

  test('does not fail other commands when one command fails', async () => {
    const store = openSqliteInMemory();
    const broken: Store = {
      ...store,
      log: {
        ...store.log,
        async commit(commands) {
          if (
            commands.some((command) => command.kind === 'message' && command.content === 'poison')
          )
            throw new Error('defect');
          return store.log.commit(commands);
        },
      },
    };
    const { alice, bob } = await twoInLobby(new ChatHarness({ store: broken }));
    await alice.send('first'); // Committed alone: the others wait behind it.

    const results = await Promise.allSettled([
      alice.send('good'),
      alice.send('poison'),
      alice.send('also good'),
    ]);

    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(bob.messages, ['first', 'good', 'also good']);
  });
});
