import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness, Client } from '../../support/chat-harness.ts';
import { BY } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const HOUR_MS = 60 * 60 * 1000;

async function login(harness: ChatHarness, name = 'alice') {
  const user = await harness.userOf(name);
  return { user, ...(await harness.startSession(user)) };
}

describe('a session', () => {
  test('is found by its token only', async () => {
    const harness = new ChatHarness();
    const { token, user } = await login(harness);

    const identity = await harness.chat.sessions.authenticate(token);

    assert.deepEqual(identity?.user, user);
    assert.equal(await harness.chat.sessions.authenticate(`${token}x`), undefined);
    assert.equal(await harness.chat.sessions.authenticate(identity?.sessionKey ?? ''), undefined);
    assert.equal(await harness.chat.sessions.authenticate('x'.repeat(100_000)), undefined);
  });

  test('ends exactly 24 hours after its last activity', async () => {
    const harness = new ChatHarness();
    const { token } = await login(harness);
    harness.clock.advance(24 * HOUR_MS - 1);
    assert.notEqual(await harness.chat.sessions.authenticate(token), undefined);

    harness.clock.advance(24 * HOUR_MS);

    assert.equal(await harness.chat.sessions.authenticate(token), undefined);
    assert.equal(await harness.store.sessions.deleteSession(systemCrypto.digest(token)), false);
  });

  test('ends its connections within two seconds after another process deleted it', async () => {
    const harness = new ChatHarness();
    await harness.chat.begin();
    const { user, token, expiresAtMs } = await login(harness);
    const alice = await harness.connectWith(user, token, expiresAtMs);
    const bob = await harness.connect('bob');

    await harness.store.sessions.setPassword(user.id, 'hash of another', BY);
    harness.clock.advance(2000);
    await harness.settle();

    assert.deepEqual([alice.endedBy, bob.endedBy], ['session-ended', undefined]);
    await harness.chat.close();
  });

  test('is extended by each use over HTTP', async () => {
    const harness = new ChatHarness();
    const { token } = await login(harness);

    for (let days = 0; days < 5; days += 1) {
      harness.clock.advance(23 * HOUR_MS);
      assert.notEqual(await harness.chat.sessions.authenticate(token), undefined);
    }
  });

  test('stays valid while the store can be read but not written', async () => {
    const store = openSqliteInMemory();
    const touchSessions = () => Promise.reject(new StoreUnavailable('the disk is full'));
    const sessions = { ...store.sessions, touchSessions };
    const harness = new ChatHarness({ store: { ...store, sessions } });
    const { token, user } = await login(harness);
    harness.clock.advance(HOUR_MS);

    const identity = await harness.chat.sessions.authenticate(token);

    assert.deepEqual(identity?.user, user);
  });

  test('is extended by each command of a connection, and saved when the connection closes', async () => {
    const harness = new ChatHarness();
    const { token, user, expiresAtMs } = await login(harness);
    const client = new Client(harness, user, systemCrypto.digest(token), expiresAtMs);
    harness.clock.advance(23 * HOUR_MS);
    assert.equal(harness.chat.connections.noteCommand(client.connection), true);

    client.leave();
    await harness.settle();
    harness.clock.advance(23 * HOUR_MS);

    assert.notEqual(await harness.chat.sessions.authenticate(token), undefined);
  });

  test('ends its idle connections when it expires', async () => {
    const harness = new ChatHarness({ settings: { sessionTtlMs: 10_000 } });
    await harness.chat.begin();
    const client = await harness.connect('alice');

    harness.clock.advance(10_000);
    await harness.settle();

    assert.equal(client.endedBy, 'session-ended');
    assert.equal(harness.chat.connections.count, 0);
  });

  test('keeps its idle connections while it is used over HTTP', async () => {
    const harness = new ChatHarness({ settings: { sessionTtlMs: 10_000 } });
    await harness.chat.begin();
    const { user, token, expiresAtMs } = await login(harness);
    const client = await harness.connectWith(user, token, expiresAtMs);

    for (let uses = 0; uses < 3; uses += 1) {
      harness.clock.advance(9000);
      await harness.settle();
      assert.notEqual(await harness.chat.sessions.authenticate(token), undefined);
    }

    assert.equal(client.endedBy, undefined);
    assert.equal(harness.chat.connections.noteCommand(client.connection), true);
    await harness.chat.close();
  });

  test('rejects commands after its end', async () => {
    const harness = new ChatHarness({ settings: { sessionTtlMs: 10_000 } });
    const client = await harness.connect('alice');

    harness.clock.advance(10_000);

    assert.equal(harness.chat.connections.noteCommand(client.connection), false);
  });

  test('ends with all its connections on logout, while other sessions stay', async () => {
    const harness = new ChatHarness();
    const { token, user, expiresAtMs } = await login(harness);
    const key = systemCrypto.digest(token);
    const [one, two] = [1, 2].map(() => new Client(harness, user, key, expiresAtMs));
    const elsewhere = await harness.connect('alice');

    assert.equal(await harness.chat.sessions.end(key, 'logout'), true);

    assert.equal(one?.endedBy, 'session-ended');
    assert.equal(two?.endedBy, 'session-ended');
    assert.equal(elsewhere.endedBy, undefined);
    assert.equal(await harness.chat.sessions.authenticate(token), undefined);
    assert.equal(await harness.chat.sessions.end(key, 'logout'), false);
  });

  test('ends with all other sessions of the user on request', async () => {
    const harness = new ChatHarness();
    const [here, there] = [await harness.connect('alice'), await harness.connect('alice')];
    const bob = await harness.connect('bob');

    await harness.chat.sessions.endAllOf(await harness.userOf('alice'), 'logout', BY);

    assert.equal(here.endedBy, 'session-ended');
    assert.equal(there.endedBy, 'session-ended');
    assert.equal(bob.endedBy, undefined);
  });

  test('is purged from the store after its end', async () => {
    const harness = new ChatHarness();
    await harness.chat.begin();
    const { token } = await login(harness);

    for (const hours of [24, 1]) {
      harness.clock.stall(hours * HOUR_MS);
      await harness.settle();
    }

    assert.equal(await harness.store.sessions.findSession(systemCrypto.digest(token)), undefined);
  });
});

/** A store that answers about sessions when the test allows it. */
function onSlowSessions() {
  const store = openSqliteInMemory();
  const gates = { find: Promise.resolve(), delete: Promise.resolve() };
  const sessions: typeof store.sessions = {
    ...store.sessions,
    async findSession(key) {
      const found = await store.sessions.findSession(key);
      await gates.find;
      return found;
    },
    async deleteSession(key) {
      await gates.delete;
      return store.sessions.deleteSession(key);
    },
    async deleteSessionsOf(userId) {
      const keys = await store.sessions.deleteSessionsOf(userId, BY);
      await gates.delete;
      return keys;
    },
  };
  return { harness: new ChatHarness({ store: { ...store, sessions } }), gates };
}

describe('a connection that opens while its session ends', () => {
  test('is rejected if the lookup began before the end', async () => {
    const { harness, gates } = onSlowSessions();
    const { token } = await login(harness);
    const { promise, resolve } = Promise.withResolvers<void>();
    gates.find = promise;
    const identified = harness.chat.sessions.authenticate(token);

    await harness.chat.sessions.end(systemCrypto.digest(token), 'logout');
    resolve();

    assert.equal(await identified, undefined);
  });

  for (const which of ['this', 'all'] as const) {
    test(`is closed if the session was found before a logout (${which})`, async () => {
      const { harness } = onSlowSessions();
      const { token } = await login(harness);
      const identity = await harness.chat.sessions.authenticate(token);
      assert.ok(identity !== undefined);

      await harness.chat.logout.end(identity, which);
      const { user, sessionKey, expiresAtMs } = identity;
      const client = new Client(harness, user, sessionKey, expiresAtMs);
      assert.equal(
        harness.chat.connections.noteCommand(client.connection),
        false,
        'not even one command',
      );
      await harness.settle();

      assert.equal(client.endedBy, 'session-ended');
      assert.equal(harness.chat.connections.count, 0);
    });

    test(`is closed while the store is still ending the session (${which})`, async () => {
      const { harness, gates } = onSlowSessions();
      const { token } = await login(harness);
      const identity = await harness.chat.sessions.authenticate(token);
      assert.ok(identity !== undefined);
      const { promise, resolve } = Promise.withResolvers<void>();
      gates.delete = promise;

      const ended = harness.chat.logout.end(identity, which);
      const { user, sessionKey, expiresAtMs } = identity;
      const client = new Client(harness, user, sessionKey, expiresAtMs);
      resolve();
      await ended;
      await harness.settle();

      assert.equal(client.endedBy, 'session-ended');
      assert.equal(harness.chat.connections.count, 0);
    });
  }

  test('stays open if it belongs to another session of the same user', async () => {
    const { harness } = onSlowSessions();
    const { token } = await login(harness);

    await harness.chat.sessions.end(systemCrypto.digest(token), 'logout');
    const again = await harness.connect('alice');
    await harness.settle();

    assert.equal(again.endedBy, undefined);
    assert.equal(harness.chat.connections.noteCommand(again.connection), true);
  });
});

describe('the age of a session', () => {
  const settings = { sessionTtlMs: 10_000, sessionAgeMaxMs: 25_000 };

  test('ends it and its connections, however much it is used', async () => {
    const harness = new ChatHarness({ settings });
    await harness.chat.begin();
    const { user, token } = await login(harness);
    const identity = await harness.chat.sessions.authenticate(token);
    assert(identity !== undefined);
    assert.equal(identity.sessionEndsAtMs, harness.clock.nowMs() + 25_000);
    const client = await harness.connectWith(user, token, identity.expiresAtMs);
    for (let uses = 0; uses < 4; uses += 1) {
      harness.clock.advance(6000);
      await harness.settle();
      assert.notEqual(await harness.chat.sessions.authenticate(token), undefined);
    }

    harness.clock.advance(1000);
    await harness.settle();

    assert.equal(await harness.chat.sessions.authenticate(token), undefined);
    assert.equal(client.endedBy, 'session-ended');
  });

  test('limits a session whose lifetime is longer', async () => {
    const harness = new ChatHarness({ settings: { ...settings, sessionTtlMs: 60_000 } });
    const { expiresAtMs } = await login(harness);
    assert.equal(expiresAtMs, harness.clock.nowMs() + 25_000);
  });
});
