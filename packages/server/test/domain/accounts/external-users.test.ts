import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  findOrCreateExternalUser,
  toUsername,
} from '../../../src/domain/accounts/external-users.ts';
import { OWN_ISSUER } from '../../../src/model/user.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

describe('an external user', () => {
  for (const [issuer, pattern] of [
    ['elsewhere', /^system-.{6}$/],
    [OWN_ISSUER, /^system$/],
  ] as const) {
    test(`of ${issuer} is called ${pattern} if its name is reserved`, async () => {
      const { store, clock } = new ChatHarness();
      const parts = { accounts: store.accounts, secrets: systemCrypto, clock };
      const person = { issuer, subject: '17', username: 'system', displayName: 'System' };

      assert.match((await findOrCreateExternalUser(parts, person)).username, pattern);
    });
  }

  const names: readonly [title: string, written: string, shown: string][] = [
    ['is shown by that name', 'Älice 🙂', 'Älice 🙂'],
    ['is shown by whole characters of a long one', `a${'🙂'.repeat(30)}`, `a${'🙂'.repeat(19)}`],
    ['is shown by the username where a store could not keep it', 'alice\0', 'alice'],
    ['is shown by the username where it has half a character', 'alice\ud800', 'alice'],
    ['is shown by the username where nothing of it can be seen', '\u200b\n', 'alice'],
    ['is shown in one line, in its own direction', 'A\n\u202eli\u2028ce', 'Alice'],
  ];
  for (const [title, displayName, shown] of names) {
    test(title, async () => {
      const { store, clock } = new ChatHarness();
      const parts = { accounts: store.accounts, secrets: systemCrypto, clock };
      const person = { issuer: 'elsewhere', subject: '17', username: 'alice', displayName };

      const user = await findOrCreateExternalUser(parts, person);

      assert.equal(user.displayName, shown);
    });
  }

  for (const name of ['admin', 'Alice', '\u0430lice', 'PARLEY']) {
    test(`does not show the name ${name}, which is the server's or that of another user`, async () => {
      const { store, clock } = new ChatHarness();
      const parts = { accounts: store.accounts, secrets: systemCrypto, clock };
      const alice = { issuer: 'elsewhere', subject: '1', username: 'alice', displayName: 'alice' };
      await findOrCreateExternalUser(parts, alice);
      const other = { issuer: 'elsewhere', subject: '2', username: toUsername(name) };

      const user = await findOrCreateExternalUser(parts, { ...other, displayName: name });

      assert.equal(user.displayName, user.username);
    });
  }
});
