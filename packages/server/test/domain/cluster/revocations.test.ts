import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { SessionStore } from '../../../src/ports/session-store.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import type { ChatHarness } from '../../support/chat-harness.ts';
import { BY } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const POLL_MS = 2000;
const SESSION_TTL_MS = 60_000;

describe('sessions of two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start({ settings: { sessionTtlMs: SESSION_TTL_MS } });
  });
  afterEach(() => nodes.close());

  /** A client on each node, with one session. */
  const onBoth = async () => {
    const alice = await nodes.one.userOf('alice');
    const { token, expiresAtMs } = await nodes.one.startSession(alice);
    const connect = (node: ChatHarness) => node.connectWith(alice, token, expiresAtMs);
    return { alice, here: await connect(nodes.one), there: await connect(nodes.other) };
  };

  test('end on the other node at a logout', async () => {
    const { here, there } = await onBoth();
    await nodes.one.chat.sessions.end(here.connection.sessionKey, 'logout');
    await nodes.settle();

    assert.deepEqual([here.endedBy, there.endedBy], ['session-ended', 'session-ended']);
  });

  test('end on the other node when another session of the user ends them', async () => {
    const { alice, here, there } = await onBoth();
    const { token } = await nodes.one.startSession(alice);
    const { sessions, userSessions } = nodes.one.chat;
    const identity = await sessions.authenticate(token);
    assert(identity);
    const { items: listed } = await userSessions.list(identity);
    await userSessions.end(identity, listed.find(({ isCurrent }) => !isCurrent)?.id ?? '');
    await nodes.settle();

    assert.deepEqual([here.endedBy, there.endedBy], ['session-ended', 'session-ended']);
  });

  test('end on a node that the bus does not reach, at its next look into the store', async () => {
    const { here, there } = await onBoth();
    nodes.network.cut('other', { isSilent: true });
    await nodes.one.chat.sessions.end(here.connection.sessionKey, 'logout');
    await nodes.settle();
    const before = there.endedBy;
    await nodes.advance(POLL_MS);

    assert.deepEqual([before, there.endedBy], [undefined, 'session-ended']);
  });

  test('end on all nodes after a change of the password', async () => {
    const { alice, here, there } = await onBoth();
    const other = await nodes.other.connectUser(alice);
    const { sessionKey } = here.connection;
    const hashes = { fromHash: 'hash of alice', toHash: 'hash of another' };
    const expiresAtMs = nodes.clock.nowMs() + SESSION_TTL_MS;
    const identity = { user: alice, sessionKey, expiresAtMs };
    const client = { address: '192.0.2.1', userAgent: 'test' };
    await nodes.one.chat.sessions.changePassword(identity, hashes, client);
    await nodes.settle();
    const endedBy = () => [here, there, other].map((each) => each.endedBy);
    const atOnce = endedBy();
    await nodes.advance(1000);

    // The client that made the change has its new session by then.
    assert.deepEqual(atOnce, [undefined, undefined, 'session-ended']);
    assert.deepEqual(endedBy(), ['session-ended', 'session-ended', 'session-ended']);
  });

  test('end on all nodes when another process ended them in the store', async () => {
    const { alice, here, there } = await onBoth();
    const bob = await nodes.other.userOf('bob');
    const other = await nodes.other.connectUser(bob);
    await nodes.one.store.sessions.setPassword(alice.id, 'hash of another', BY);
    await nodes.advance(POLL_MS);

    const ended = [here, there, other].map(({ endedBy }) => endedBy);
    assert.deepEqual(ended, ['session-ended', 'session-ended', undefined]);
  });

  test('do not expire while they are used on another node', async () => {
    const { here, there } = await onBoth();
    for (let spentMs = 0; spentMs < SESSION_TTL_MS * 2; spentMs += 1000) {
      await nodes.advance(1000, 1000);
      assert.equal(nodes.one.chat.liveSessions.touch(here.connection), true);
    }
    assert.equal(there.endedBy, undefined);
  });
});

for (const isSilent of [false, true]) {
  test(`events are held back from a node that can read neither the bus nor ended sessions${isSilent ? ', and does not know it' : ''}`, async () => {
    const inner = openSqliteInMemory();
    const revocations = { areReadable: true };
    const sessions: SessionStore = {
      ...inner.sessions,
      async listEndedSessions(cursor) {
        if (!revocations.areReadable) throw new StoreUnavailable('not readable');
        return inner.sessions.listEndedSessions(cursor);
      },
    };
    const nodes = await TwoNodes.start({ store: { ...inner, sessions } });
    const { alice, bob } = await nodes.inLobby();
    for (const node of ['one', 'other']) nodes.network.cut(node, { isSilent });
    revocations.areReadable = false;
    await nodes.advance(12_000);

    await nodes.one.chat.sessions.end(bob.connection.sessionKey, 'logout');
    await alice.send('after the logout');
    await nodes.advance(5000);
    const before = [bob.messages, bob.endedBy];
    revocations.areReadable = true;
    await nodes.advance(2500);

    assert.deepEqual(before, [[], undefined]);
    assert.deepEqual([bob.messages, bob.endedBy], [[], 'session-ended']);
    await nodes.close();
  });
}

test('a token of another issuer is rejected by every node after a logout', async () => {
  const nodes = await TwoNodes.start({
    accessTokens: {
      issue: async () => 'no.such.token',
      verify: async () => ({
        ...{ kind: 'external', issuer: 'elsewhere', subject: '17', username: 'alice' },
        expiresAtMs: nodes.clock.nowMs() + SESSION_TTL_MS,
      }),
    },
  });
  const authenticate = (node: ChatHarness) => node.chat.authenticator.authenticate('a.b.c');
  const identity = await authenticate(nodes.other);
  assert(identity);
  await nodes.one.chat.logout.end(identity, 'this');
  await nodes.settle();

  assert.deepEqual(await authenticate(nodes.one), undefined);
  assert.deepEqual(await authenticate(nodes.other), undefined);
  await nodes.close();
});
