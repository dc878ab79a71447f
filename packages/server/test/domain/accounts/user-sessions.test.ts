import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness, Client } from '../../support/chat-harness.ts';

async function login(harness: ChatHarness, name = 'alice') {
  const user = await harness.userOf(name);
  const { token, expiresAtMs } = await harness.startSession(user);
  const identity = await harness.chat.sessions.authenticate(token);
  assert(identity);
  const connect = () => new Client(harness, user, systemCrypto.digest(token), expiresAtMs);
  return { token, identity, connect };
}

describe('the sessions of a user', () => {
  test('are listed with their times, the latest login first, and without those of others', async () => {
    const harness = new ChatHarness();
    const startMs = harness.clock.nowMs();
    const first = await login(harness);
    await login(harness, 'bob');
    harness.clock.advance(1000);
    await login(harness);
    harness.clock.advance(2000);

    const { items: listed } = await harness.chat.userSessions.list(first.identity);

    assert.deepEqual(
      listed.map(({ id, ...rest }) => rest),
      [
        {
          ...{ createdAtMs: startMs + 1000, lastActivityAtMs: startMs + 1000 },
          ...{ userAgent: 'test', address: '192.0.2.1', isCurrent: false },
        },
        {
          ...{ createdAtMs: startMs, lastActivityAtMs: startMs + 3000 },
          ...{ userAgent: 'test', address: '192.0.2.1', isCurrent: true },
        },
      ],
    );
  });

  test('have ids that reveal neither the token nor the key', async () => {
    const harness = new ChatHarness();
    const { token, identity } = await login(harness);

    const [session] = (await harness.chat.userSessions.list(identity)).items;

    assert(session);
    const secrets = [token, identity.sessionKey];
    assert(!secrets.includes(session.id));
    assert.equal(await harness.chat.sessions.authenticate(session.id), undefined);
    assert.equal(await harness.chat.sessions.authenticateKey(session.id), undefined);
    for (const secret of secrets) assert(!JSON.stringify(session).includes(secret));
  });

  test('show activity over a connection that is not saved yet', async () => {
    const harness = new ChatHarness();
    const { identity } = await login(harness);
    const other = await login(harness);
    const client = other.connect();
    harness.clock.advance(60_000);
    harness.chat.connections.noteCommand(client.connection);
    const usedMs = harness.clock.nowMs();
    harness.clock.advance(60_000);

    const { items } = await harness.chat.userSessions.list(identity);

    assert.equal(items.find(({ isCurrent }) => !isCurrent)?.lastActivityAtMs, usedMs);
  });

  test('can be ended with their connections, except those of other users', async () => {
    const harness = new ChatHarness();
    const [alice, phone, bob] = [
      await login(harness),
      await login(harness),
      await login(harness, 'bob'),
    ];
    const clients = [alice, phone, bob].map(({ connect }) => connect());
    const { userSessions, sessions } = harness.chat;
    const [ofBob] = (await userSessions.list(bob.identity)).items;
    const { items } = await userSessions.list(alice.identity);
    const other = items.find(({ isCurrent }) => !isCurrent);
    assert(ofBob && other);

    await assert.rejects(userSessions.end(alice.identity, ofBob.id), { code: 'NOT_FOUND' });
    await assert.rejects(userSessions.end(alice.identity, phone.identity.sessionKey), {
      code: 'NOT_FOUND',
    });
    await userSessions.end(alice.identity, other.id);
    await assert.rejects(userSessions.end(alice.identity, other.id), { code: 'NOT_FOUND' });

    const ended = clients.map(({ endedBy }) => endedBy);
    assert.deepEqual(ended, [undefined, 'session-ended', undefined]);
    assert.equal(await sessions.authenticate(phone.token), undefined);
    assert(await sessions.authenticate(bob.token));
  });

  test('continue behind a page, also if its last one has ended, and can all be ended', async () => {
    const harness = new ChatHarness();
    const { identity } = await login(harness);
    for (let index = 0; index < 120; index += 1) {
      // A few share their time.
      if (index % 3 === 0) harness.clock.advance(1);
      await login(harness);
    }
    const { userSessions } = harness.chat;
    const all = (await userSessions.list(identity, { limit: 200 })).items.map(({ id }) => id);
    assert.equal(all.length, 121);

    const listed: string[] = [];
    for (let after: string | undefined; ; ) {
      const { items, hasMore, next } = await userSessions.list(identity, { after, limit: 10 });
      listed.push(...items.map(({ id }) => id));
      assert.equal(hasMore, listed.length < all.length);
      if (next === undefined) break;
      after = next;
    }
    assert.deepEqual(listed, all);
    const first = await userSessions.list(identity, { limit: 10 });
    await userSessions.end(identity, first.items.at(-1)?.id ?? '');
    const second = await userSessions.list(identity, { after: first.next, limit: 200 });
    const shown = new Set([...first.items, ...second.items].map(({ id }) => id));
    assert.equal(shown.size, all.length);
    const earliest = all.at(-2);
    assert(earliest !== undefined);
    await userSessions.end(identity, earliest);
    const left = (await userSessions.list(identity, { limit: 200 })).items.map(({ id }) => id);
    assert.deepEqual([left.length, left.includes(earliest)], [119, false]);
  });

  test('are ended at the rate of other changes', async () => {
    const harness = new ChatHarness({ settings: { userChangeRateMax: 1 } });
    const { identity } = await login(harness);
    const { userSessions } = harness.chat;

    await assert.rejects(userSessions.end(identity, 'x'), { code: 'NOT_FOUND' });
    await assert.rejects(userSessions.end(identity, 'x'), { code: 'RATE_LIMITED' });
  });
});
