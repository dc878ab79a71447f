import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

/** A store that can be taken down, and a harness on it with two users in a room. */
async function onBreakableStore() {
  const store = openSqliteInMemory();
  const state = { isDown: false, commits: 0 };
  const log: Store['log'] = {
    ...store.log,
    async commit(commands) {
      state.commits += 1;
      if (state.isDown) throw new StoreUnavailable('down');
      return store.log.commit(commands);
    },
    async probe() {
      if (state.isDown) throw new StoreUnavailable('down');
    },
  };
  const harness = new ChatHarness({ store: { ...store, log } });
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  return { harness, alice, bob, lobby, state };
}

describe('while the store is down', () => {
  test('rejects commands at once, and keeps working without storage', async () => {
    const { harness, alice, bob, lobby, state } = await onBreakableStore();
    state.isDown = true;
    await assert.rejects(alice.send('first'), { code: 'UNAVAILABLE' });
    await harness.settle();
    const commitsBefore = state.commits;

    assert.throws(() => alice.send('second'), {
      code: 'UNAVAILABLE',
      details: { retryAfterSeconds: 1 },
    });
    harness.chat.typing.set(alice.connection, { roomId: lobby.id, isTyping: true });

    assert.equal(state.commits, commitsBefore);
    assert.equal(await harness.chat.commits.storeState(), 'down');
    assert.equal(bob.ofKind('typing').length, 1);
  });

  test('rejects commands that wait behind the failed commit', async () => {
    const { harness, alice, bob, lobby, state } = await onBreakableStore();
    state.isDown = true;

    const results = Promise.allSettled([
      alice.send('1', { roomId: lobby.id }),
      bob.send('2', { roomId: lobby.id }),
      alice.send('3', { roomId: lobby.id }),
    ]);
    await harness.settle();

    assert.deepEqual(
      (await results).map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
  });

  test('checks the store each second, and continues when it is back', async () => {
    const { harness, alice, bob, state } = await onBreakableStore();
    state.isDown = true;
    await assert.rejects(alice.send('lost', { clientMessageId: 'c1' }), { code: 'UNAVAILABLE' });
    await harness.settle();
    harness.clock.advance(1000);
    await harness.settle();
    assert.throws(() => alice.send('still down'), { code: 'UNAVAILABLE' });

    state.isDown = false;
    harness.clock.advance(1000);
    await harness.settle();
    await alice.send('lost', { clientMessageId: 'c1' });

    assert.equal(await harness.chat.commits.storeState(), 'up');
    assert.deepEqual(bob.messages, ['lost']);
    const states = harness.logger.filter(({ event }) => /^store\.(down|up)$/.test(event));
    assert.deepEqual(
      states.map(({ event }) => event),
      ['store.down', 'store.up'],
    );
  });

  test('logs an outage that only the readiness check has found, and its end', async () => {
    const { harness, state } = await onBreakableStore();
    state.isDown = true;
    assert.equal(await harness.chat.commits.storeState(), 'down');
    harness.clock.advance(1000);
    assert.equal(await harness.chat.commits.storeState(), 'down');

    state.isDown = false;
    harness.clock.advance(1000);

    assert.equal(await harness.chat.commits.storeState(), 'up');
    const lines = harness.logger.filter(({ event }) => event.startsWith('store.'));
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['store.failed', 'store.down', 'store.up'],
    );
  });

  test('closes without waiting', async () => {
    const { harness, alice, state } = await onBreakableStore();
    state.isDown = true;
    await assert.rejects(alice.send('lost'), { code: 'UNAVAILABLE' });
    await harness.settle();

    alice.leave();
    await harness.chat.close();
  });
});
