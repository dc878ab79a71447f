import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONFIRMATION_MS } from '../../../src/domain/accounts/unconfirmed-accounts.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { user } from '../../support/records.ts';

const HOUR_MS = 60 * 60_000;

describe('accounts with addresses that were never confirmed', () => {
  const scene = async (domains: readonly string[]) => {
    const on = new ChatHarness({ settings: { registrationEmailDomains: domains } });
    const email = { address: 'carol@example.org', mailId: 'mail-1' };
    await on.userOf('alice');
    const carol = user('carol', { createdAtMs: on.clock.nowMs() + HOUR_MS / 2 - CONFIRMATION_MS });
    await on.store.accounts.insertUser(carol, 'hash', { email });
    await on.chat.begin();
    await on.settle();
    const nameAfter = async (byMs: number) => {
      on.clock.advance(byMs);
      await on.settle();
      return (await on.store.accounts.findUser({ kind: 'id', id: carol.id }))?.username;
    };
    return { on, nameAfter };
  };

  test('are deleted after 7 days, by the server', async () => {
    const { on, nameAfter } = await scene(['example.org']);

    assert.equal(await nameAfter(0), 'carol');
    assert.match((await nameAfter(HOUR_MS)) ?? '', /^deleted-/);

    const [entry] = await on.store.audit.listAudit({ action: 'user.delete', limit: 9 });
    assert.deepEqual([entry?.actor, entry?.detail], ['server', 'unconfirmed']);
    assert.ok(await on.store.accounts.findUser({ kind: 'username', username: 'alice' }));
    await on.chat.close();
  });

  test('are open, and stay, on a server that asks for no address', async () => {
    const { on, nameAfter } = await scene([]);
    assert.equal(await nameAfter(HOUR_MS), 'carol');
    await on.chat.close();
  });
});
