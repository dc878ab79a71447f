import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Chat } from '../../../src/domain/chat.ts';
import type { DomainSettings } from '../../../src/domain/settings.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

const TOKEN = 'token of the owner link';
const OTHER = 'token of the secret before';

function open(
  registration: DomainSettings['registration'],
  { isLocalAllowed }: { readonly isLocalAllowed: boolean },
) {
  const firstOwner = { isLocalAllowed, tokens: isLocalAllowed ? [] : [TOKEN, OTHER] };
  return new ChatHarness({ settings: { registration }, firstOwner });
}

const local = (registration: DomainSettings['registration']) =>
  open(registration, { isLocalAllowed: true }).chat;
const remote = (registration: DomainSettings['registration']) =>
  open(registration, { isLocalAllowed: false }).chat;

const register = (
  chat: Chat,
  username: string,
  how: { readonly invite?: string; readonly isLocal?: boolean },
) => chat.accounts.register({ username, password: 'correct horse', address: undefined, ...how });

describe('the first account on a loopback address', () => {
  for (const registration of ['open', 'invited', 'closed'] as const) {
    test(`is the owner, and the only one, if registration is ${registration}`, async () => {
      const chat = local(registration);
      assert.equal(await chat.accounts.registrationOf({ isLocal: true }), 'open');

      const alice = await register(chat, 'alice', { isLocal: true });

      assert.equal(alice.role, 'owner');
      assert.equal(await chat.accounts.registrationOf({ isLocal: true }), registration);
      const bob = register(chat, 'bob', { isLocal: true });
      if (registration === 'open') assert.equal((await bob).role, 'member');
      else await assert.rejects(bob, { code: 'FORBIDDEN' });
    });
  }

  test('is one of two that register at once while registration is closed', async () => {
    const chat = local('closed');

    const results = await Promise.allSettled(
      ['alice', 'bob'].map((name) => register(chat, name, { isLocal: true })),
    );

    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('is no owner if it comes through a proxy', async () => {
    assert.equal((await register(local('open'), 'alice', {})).role, 'member');
    await assert.rejects(register(local('closed'), 'alice', {}), { code: 'FORBIDDEN' });
  });

  test('is one as others if the operator appoints owners', async () => {
    const { chat } = new ChatHarness();
    assert.equal((await register(chat, 'alice', { isLocal: true })).role, 'member');
  });
});

describe('the owner link', () => {
  for (const registration of ['open', 'invited', 'closed'] as const) {
    test(`makes one owner if registration is ${registration}`, async () => {
      const chat = remote(registration);
      assert.equal(await chat.firstOwner.findToken(), TOKEN);
      const before = await chat.accounts.registrationOf({ isLocal: false });
      assert.equal(before, registration === 'closed' ? 'invited' : registration);

      const results = await Promise.allSettled(
        ['alice', 'bob'].map((name) => register(chat, name, { invite: TOKEN })),
      );

      const made = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      assert.deepEqual(
        made.map(({ role }) => role),
        ['owner'],
      );
      assert.equal(await chat.firstOwner.findToken(), undefined);
      assert.equal(await chat.accounts.registrationOf({ isLocal: false }), registration);
      await assert.rejects(register(chat, 'carol', { invite: TOKEN }), { code: 'FORBIDDEN' });
    });
  }

  test('is accepted with the secret before, and opened again by the owner only', async () => {
    const chat = remote('invited');
    const alice = await register(chat, 'alice', { invite: OTHER });
    assert.equal(alice.role, 'owner');

    assert.deepEqual(await chat.invites.accept({ user: alice }, OTHER, undefined), []);
    const bob = { ...alice, role: 'member' } as const;
    await assert.rejects(chat.invites.accept({ user: bob }, OTHER, undefined), {
      code: 'NOT_FOUND',
    });
  });

  test('is needed also on this machine, and another token is not enough', async () => {
    const chat = remote('invited');

    await assert.rejects(register(chat, 'alice', { isLocal: true }), { code: 'FORBIDDEN' });
    await assert.rejects(register(chat, 'alice', { invite: 'wrong' }), { code: 'FORBIDDEN' });
    assert.equal(await chat.firstOwner.findToken(), TOKEN);
  });

  test('ends with a user of another issuer, and stays ended without it', async () => {
    const { chat, store } = open('invited', { isLocalAllowed: false });
    const erin = await register(remote('open'), 'erin', {});
    const external = { issuer: 'https://id.example.org', subject: '17', passwordHash: '!' };
    await store.accounts.insertExternalUser(erin, external);

    assert.equal(await chat.firstOwner.findToken(), undefined);
    await assert.rejects(register(chat, 'bob', { invite: TOKEN }), { code: 'FORBIDDEN' });
  });

  test('ends with an account that the operator has added', async () => {
    const { chat, store } = open('invited', { isLocalAllowed: false });
    const { alice } = { alice: await register(remote('open'), 'alice', {}) };
    await store.accounts.insertUser(alice, 'hash');

    assert.equal(await chat.firstOwner.findToken(), undefined);
    await assert.rejects(register(chat, 'bob', { invite: TOKEN }), { code: 'FORBIDDEN' });
  });
});
