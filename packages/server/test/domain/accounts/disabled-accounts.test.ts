/** A disabled account has no identity, whatever issued it, and its connections close. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatError } from '@parley/protocol';
import type { Identity } from '../../../src/model/identity.ts';
import type { AccessTokens } from '../../../src/ports/access-tokens.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness, Client } from '../../support/chat-harness.ts';
import { BY } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const POLL_MS = 2000;
const PERSON = { issuer: 'elsewhere', subject: '17', username: 'alice' };

/** Own tokens name their purpose and session; `external.of.alice` is of another issuer. */
const openTokens: AccessTokens = {
  issue: async ({ sessionKey, purpose }) => `${purpose}.${sessionKey}.signature`,
  async verify(token) {
    const [purpose, sessionKey = ''] = token.split('.');
    if (purpose === 'ticket' || purpose === 'connect') return { kind: 'own', purpose, sessionKey };
    return { ...PERSON, kind: 'external', expiresAtMs: Number.MAX_SAFE_INTEGER };
  },
};

const externalSessionStore = {
  isUp: true,
  read: async (ids: readonly string[]) =>
    ids.map(() => ({
      ...{ userId: '17', username: 'alice', expiresAtMs: Number.MAX_SAFE_INTEGER },
      ...{ displayName: undefined, avatarUrl: undefined, role: undefined },
    })),
  delete: async () => true,
  close: async () => {},
};

type Identify = () => Promise<Identity | undefined>;

async function sessionOf(on: ChatHarness) {
  const { token } = await on.startSession(await on.userOf('alice'));
  const identity = await on.chat.sessions.authenticate(token);
  assert(identity !== undefined);
  return { token, identity };
}

/** How one authenticates with what Parley has issued, or another application. */
const OWN: Readonly<Record<string, (on: ChatHarness) => Promise<Identify>>> = {
  'a session as a cookie': async (on) => {
    const { token } = await sessionOf(on);
    return () => on.chat.authenticator.authenticateCookie(token);
  },
  'a session as a token': async (on) => {
    const { token } = await sessionOf(on);
    return () => on.chat.authenticator.authenticate(token);
  },
  'an issued token': async (on) => {
    const { token } = await on.chat.tokenIssuer.issue((await sessionOf(on)).identity);
    return () => on.chat.authenticator.authenticate(token);
  },
  'a ticket': async (on) => {
    const { sessionKey } = (await sessionOf(on)).identity;
    let tickets = 0;
    return () => {
      tickets += 1;
      return on.chat.authenticator.redeemTicket(`ticket.${sessionKey}.${tickets}.x`);
    };
  },
  'a used ticket': async (on) => {
    const { sessionKey } = (await sessionOf(on)).identity;
    return () => on.chat.authenticator.authenticateKey(sessionKey);
  },
};
const EXTERNAL: Readonly<Record<string, (on: ChatHarness) => Identify>> = {
  'a token of another issuer': (on) => () =>
    on.chat.authenticator.authenticate('external.of.alice'),
  'a session of another application': (on) => () =>
    on.chat.authenticator.authenticateCookie('its-id'),
  'an issued token for a session of another application': (on) => async () => {
    const identity = await on.chat.authenticator.authenticateCookie('its-id');
    if (identity === undefined) return undefined;
    return on.chat.authenticator.authenticateKey(identity.sessionKey);
  },
};

function connect(on: ChatHarness, { user, sessionKey, expiresAtMs }: Identity): Client {
  return new Client(on, user, sessionKey, expiresAtMs);
}

/** As a command of the operator: the server reads it from the store. */
async function disable(on: ChatHarness) {
  const { accounts, sessions } = on.store;
  const found = await accounts.findCredentials('alice');
  assert(found !== undefined);
  await sessions.setDisabled(found.user.id, on.clock.nowMs(), BY);
  clockTurn(on);
  await on.settle();
  return () => sessions.setDisabled(found.user.id, undefined, BY);
}

async function start(over: ConstructorParameters<typeof ChatHarness>[0] = {}) {
  const on = new ChatHarness({ accessTokens: openTokens, ...over });
  await on.chat.begin();
  return on;
}

describe('a disabled account', () => {
  for (const [what, open] of Object.entries(OWN)) {
    test(`is refused with ${what}, whose connections close`, async () => {
      const on = await start();
      const identify = await open(on);
      const identity = await identify();
      assert(identity !== undefined);
      const client = connect(on, identity);

      const enable = await disable(on);

      assert.equal(client.endedBy, 'session-ended');
      assert.equal(await identify(), undefined);
      await enable();
      assert.equal(await identify(), undefined); // The session has ended.
      await on.chat.close();
    });
  }

  for (const [what, open] of Object.entries(EXTERNAL)) {
    test(`is refused with ${what} until it is enabled, and its connections close`, async () => {
      const isSession = what.includes('session');
      const on = await start(isSession ? { externalSessionStore } : {});
      const identify = open(on);
      const identity = await identify();
      assert(identity !== undefined);
      const client = connect(on, identity);

      const enable = await disable(on);

      assert.equal(client.endedBy, 'session-ended');
      assert.equal(await identify(), undefined);
      const refused = on.logger.filter(({ event }) => event === 'token.refused');
      assert.deepEqual(refused.at(-1), { event: 'token.refused', reason: 'account-disabled' });
      const late = connect(on, identity); // It had authenticated before.
      await on.settle();
      assert.equal(late.endedBy, 'session-ended');

      await enable();
      const again = await identify();
      assert(again !== undefined);
      const next = connect(on, again);
      clockTurn(on);
      await on.settle();
      assert.equal(next.endedBy, undefined);
      await on.chat.close();
    });
  }

  test('closes connections with the token of another issuer on a node that the bus does not reach', async () => {
    const nodes = await TwoNodes.start({ accessTokens: openTokens });
    const identity = await nodes.other.chat.authenticator.authenticate('external.of.alice');
    assert(identity !== undefined);
    const client = connect(nodes.other, identity);
    nodes.network.cut('other', { isSilent: true });

    await disable(nodes.one);
    await nodes.settle();

    assert.equal(client.endedBy, 'session-ended');
    await nodes.close();
  });

  test('is disabled by an owner on all nodes at once, also with the token of another issuer', async () => {
    const nodes = await TwoNodes.start({ accessTokens: openTokens });
    const owner = await ownerOn(nodes.one);
    const identity = await nodes.other.chat.authenticator.authenticate('external.of.alice');
    assert(identity !== undefined);
    const client = connect(nodes.other, identity);

    await nodes.one.chat.userAdministration.disable(owner, identity.user.id);
    await nodes.settle();

    assert.equal(client.endedBy, 'session-ended');
    await nodes.close();
  });

  test('loses its connections if the store cannot tell whether it is enabled', async () => {
    const inner = openSqliteInMemory();
    const reads = { fail: false };
    const accounts: typeof inner.accounts = {
      ...inner.accounts,
      async listUsers(ids) {
        if (reads.fail) throw new StoreUnavailable('not readable');
        return inner.accounts.listUsers(ids);
      },
    };
    const on = await start({ store: { ...inner, accounts } });
    const identity = await on.chat.authenticator.authenticate('external.of.alice');
    assert(identity !== undefined);
    const client = connect(on, identity);
    reads.fail = true;

    await disable(on);

    assert.equal(client.endedBy, 'session-ended');
    await on.chat.close();
  });

  test('with an end is closed on all nodes until then, says so, and can be used again', async () => {
    const nodes = await TwoNodes.start({ accessTokens: openTokens });
    const { one, other } = nodes;
    const owner = await ownerOn(one);
    const identity = await other.chat.authenticator.authenticate('external.of.alice');
    assert(identity !== undefined);
    const client = connect(other, identity);
    const until = new Date(one.clock.nowMs() + 60_000).toISOString();
    const suspension = { until, reason: 'Spam' };

    const past = { until: '2001-01-31' };
    const rejected = one.chat.userAdministration.disable(owner, identity.user.id, past);
    await assert.rejects(rejected, { code: 'VALIDATION_ERROR' });
    await one.chat.userAdministration.disable(owner, identity.user.id, suspension);
    await nodes.settle();
    assert.equal(client.endedBy, 'session-ended');
    for (const each of [one, other]) {
      assert.equal(await each.chat.authenticator.authenticate('external.of.alice'), undefined);
    }
    const { items } = await one.chat.userAdministration.list(owner, { text: 'alice' });
    assert.equal(items[0]?.user.disabledReason, 'Spam');

    one.clock.advance(60_000);
    await nodes.settle();
    const again = await other.chat.authenticator.authenticate('external.of.alice');
    assert.equal(again?.user.disabledAtMs, undefined);
    assert(again !== undefined);
    const next = connect(other, again);
    await nodes.settle();
    assert.equal(next.endedBy, undefined);
    const [stored] = await one.store.accounts.listUsers([identity.user.id]);
    assert.equal(stored?.disabledAtMs, undefined, 'lists of users show the user again');
    await nodes.close();
  });

  test('with an end accepts a login after it, and before it says until when and why', async () => {
    const on = await start();
    const { id } = await on.userOf('alice');
    const nowMs = on.clock.nowMs();
    const suspension = { untilMs: nowMs + 60_000, reason: 'Spam' };
    await on.store.sessions.setDisabled(id, nowMs, BY, suspension);
    const logIn = () =>
      on.chat.accounts.verify({ username: 'alice', password: 'alice', address: undefined });
    const disabledUntil = new Date(suspension.untilMs).toISOString();
    await assert.rejects(logIn(), (error: ChatError) => {
      assert.equal(error.code, 'FORBIDDEN');
      assert.equal(error.details.disabledUntil, disabledUntil);
      assert.equal(error.details.reason, 'Spam');
      return true;
    });

    on.clock.advance(60_000);
    await logIn();
    const { token } = await on.startSession(await on.userOf('alice'));
    assert.notEqual(await on.chat.authenticator.authenticate(token), undefined);
    await on.chat.close();
  });

  test('tells only those who know the password that it is disabled', async () => {
    const on = await start();
    await on.userOf('alice');
    await disable(on);
    const logIn = (password: string) =>
      on.chat.accounts.verify({ username: 'alice', password, address: undefined });

    await assert.rejects(logIn('of bob'), { code: 'UNAUTHENTICATED' });
    await assert.rejects(logIn('alice'), {
      code: 'FORBIDDEN',
      message: 'This account is disabled',
    });
    await on.chat.close();
  });
});

test('open connections go on with another role, whatever they came with and however it was given', async () => {
  for (const elsewhere of [true, false]) {
    const nodes = await TwoNodes.start({ accessTokens: openTokens });
    const { one, other } = nodes;
    const owner = await ownerOn(one);
    const identity = await other.chat.authenticator.authenticate('external.of.alice');
    assert(identity !== undefined);
    const session = await other.startSession(await other.userOf('bob'));
    const own = await other.chat.sessions.authenticate(session.token);
    assert(own !== undefined);
    const clients = [connect(other, identity), connect(other, own)];
    if (elsewhere) nodes.network.cut('other', { isSilent: true });
    for (const role of ['admin', 'member', 'moderator', 'guest'] as const) {
      for (const { connection } of clients) {
        await one.chat.userAdministration.setRole(owner, connection.user.id, role);
      }
      clockTurn(one);
      await nodes.settle();
      for (const client of clients) {
        assert.deepEqual([client.endedBy, client.connection.user.role], [undefined, role]);
      }
    }
    // A connection that had authenticated before gets the role, too.
    const late = connect(other, own);
    await nodes.settle();
    assert.equal(late.connection.user.role, 'guest');
    await nodes.close();
  }
});

/** The next look at what has changed in the store. */
function clockTurn({ clock }: ChatHarness): void {
  clock.advance(POLL_MS);
}

async function ownerOn(on: ChatHarness): Promise<Identity> {
  const { id } = await on.userOf('olivia');
  await on.store.sessions.setRole(id, 'owner', BY);
  const { token } = await on.startSession(await on.userOf('olivia'));
  const identity = await on.chat.sessions.authenticate(token);
  assert(identity !== undefined);
  return identity;
}
