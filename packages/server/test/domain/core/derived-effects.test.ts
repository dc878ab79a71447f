/** Nothing derived stands between a commit and its acknowledgement, and a restart finds what is due. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeModel } from '../../support/fake-model.ts';
import { BY } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const NEVER = new Promise<never>(() => {});

/** A node on a store in which, once it is stopped, every call except a commit stays without an answer. */
async function stoppableNode() {
  const store = openSqliteInMemory();
  const asked: string[] = [];
  let isStopped = false;
  const stoppable = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name: string) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || name === 'commit') return value;
        return (...args: unknown[]) => {
          if (!isStopped) return Reflect.apply(value, target, args);
          asked.push(name);
          return NEVER;
        };
      },
    });
  const { accounts, sessions, rooms, workspaces, invitations, invites, audit, search, log } = store;
  const stopped: Store = {
    ...store,
    ...{ accounts: stoppable(accounts), sessions: stoppable(sessions), rooms: stoppable(rooms) },
    ...{ workspaces: stoppable(workspaces), invitations: stoppable(invitations) },
    ...{ invites: stoppable(invites), audit: stoppable(audit) },
    search: stoppable(search),
    log: stoppable(log),
  };
  const stop = () => {
    isStopped = true;
  };
  const model = new FakeModel();
  const assistant = { model, mention: '@ai', firstPieceMs: 1000 };
  const harness = new ChatHarness({ store: stopped, assistant });
  await harness.chat.begin();
  const [alice, bob, carol] = [
    await harness.connect('alice'),
    await harness.connect('bob'),
    await harness.connect('carol'),
  ];
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  await carol.join('lobby');
  harness.chat.subscriptions.leave(carol.connection, lobby.id);
  /** The next process, on the same data. */
  const restart = async () => {
    const next = new ChatHarness({ store, assistant });
    await next.chat.begin();
    return next;
  };
  return { ...{ harness, store, model, alice, bob, carol, lobby }, stop, asked, restart };
}

describe('with every derived effect stopped for ever', () => {
  test('each logged command is acknowledged, and reaches those who have the room open', async () => {
    const { harness, alice, bob, carol, lobby, stop, asked } = await stoppableNode();
    stop();

    const { messageId } = await alice.send('hello @carol and @ai');
    // The next effects are due, and the sessions are checked.
    harness.clock.advance(10_000);
    await alice.send('again');
    const edit = { kind: 'edit', content: 'hello', contentLengthMax: 1000 } as const;
    await alice.change(lobby.id, messageId, edit);
    await alice.change(lobby.id, messageId, { kind: 'reaction-added', emoji: '👍' });
    await alice.change(lobby.id, messageId, { kind: 'pin' });
    await alice.change(lobby.id, messageId, { kind: 'deletion' });
    // An end of a session closes its connections, and nothing else waits for it.
    const { sessionKey } = carol.connection;
    harness.chat.events.emit('revoked', { kind: 'session', sessionKey });
    await alice.send('and again');

    // Unread counts, the assistant, ended sessions: each was asked for, and none has an answer.
    for (const call of ['readUnread', 'findRoom', 'listEndedSessions']) {
      assert.ok(asked.includes(call), `${call} was not asked for: ${asked.join(', ')}`);
    }
    assert.equal(carol.endedBy, 'session-ended');
    assert.deepEqual(
      bob.ofKind('logged').map(({ event }) => event.sequence),
      [1, 2, 3, 4, 5, 6, 7],
    );
  });
});

describe('after a process has died with every derived effect pending', () => {
  test('members find what they have missed in the welcome', async () => {
    const { alice, carol, stop, restart } = await stoppableNode();
    stop();
    await alice.send('hello @carol');
    assert.deepEqual(carol.ofKind('room-activity'), []);

    const next = await restart();
    const again = await next.connect('carol');

    const unread = again.welcomedWith.map(({ membership }) => membership?.unread);
    assert.deepEqual(
      unread.map((each) => [each?.unreadCount, each?.mentionCount]),
      [[1, 1]],
    );
  });

  test('a session that was ended meanwhile is rejected', async () => {
    const { harness, store, stop, restart } = await stoppableNode();
    const { token } = await harness.startSession(await harness.userOf('carol'));
    stop();
    await store.sessions.setPassword((await harness.userOf('carol')).id, 'hash of another', BY);
    harness.clock.advance(2000);

    const next = await restart();

    assert.equal(await next.chat.sessions.authenticate(token), undefined);
  });

  test('the assistant leaves the question without an answer, and answers the next one', async () => {
    const { alice, model, stop, restart } = await stoppableNode();
    stop();
    await alice.send('@ai, a question');

    const next = await restart();
    await next.settle();
    assert.equal(model.answers.length, 0);
    const again = await next.connect('alice');
    await again.join('lobby');
    await again.send('@ai, another question');
    await next.settle();

    assert.equal(model.answers.length, 1);
  });
});
