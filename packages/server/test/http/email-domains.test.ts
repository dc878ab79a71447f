/** Registration limited to e-mail domains: the account is closed until its address is confirmed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD } from '../support/account.ts';
import { Mailbox } from '../support/mailbox.ts';
import { TestServer } from '../support/running-server.ts';
import { until } from '../support/wait.ts';

interface Failure {
  readonly error: {
    readonly code: string;
    readonly field?: string;
    readonly message: string;
    readonly details?: { readonly required?: string };
  };
}

describe('registration with e-mail addresses of some domains', () => {
  let mailbox: Mailbox;
  let server: TestServer;
  let owner: Account;
  before(async () => {
    mailbox = await Mailbox.open();
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', SMTP_URL: mailbox.url, FIRST_ROOM: 'general' },
      ...{ REGISTRATION_EMAIL_DOMAINS: 'example.org, Mail.Example.com' },
      ...{ MAIL_FROM: 'Parley <chat@example.org>', PUBLIC_URL: 'https://chat.example.org' },
    });
    owner = await server.signUpOwner('olivia');
  });
  after(async () => {
    await server.close();
    await mailbox.close();
  });

  const register = (username: string, more: object = {}) =>
    server.post('/register', { username, password: PASSWORD, ...more });
  const failureOf = async (answer: Response) => {
    const { error } = (await answer.json()) as Failure;
    return [answer.status, error.field ?? error.details?.required];
  };
  const confirm = async (to: string) => {
    const link = await mailbox.linkTo(to, '/app/email/');
    const token = link.slice(link.lastIndexOf('/') + 1);
    assert.equal((await server.post('/api/auth/email/confirm', { token })).status, 200);
  };
  const inviteOf = async (by: Account) => {
    const { invite } = await by.must<{ invite: { token: string } }>('POST', '/api/invites', {});
    return invite.token;
  };

  test('asks for an address of a domain, and the owner for none', async () => {
    for (const more of [{}, { email: 'x@example.net' }, { email: 'x@sub.example.org' }]) {
      assert.deepEqual(await failureOf(await register('eve', more)), [400, 'email']);
    }
    assert.deepEqual(await failureOf(await register('eve', { email: 'no address' })), [
      ...[400, 'email'],
    ]);
    const session = await (await fetch(`${server.url}/api/auth/session`)).json();
    assert.deepEqual((session as { emailDomains: string[] }).emailDomains, [
      ...['example.org', 'mail.example.com'],
    ]);
    assert.equal((await owner.call('GET', '/api/me')).status, 200);
  });

  test('opens the account when the address is confirmed', async () => {
    assert.equal((await register('alice', { email: 'alice@EXAMPLE.org' })).status, 201);
    const alice = await Account.logIn(server.url, 'alice');

    assert.deepEqual(await failureOf(await alice.call('GET', '/api/rooms')), [403, 'email']);
    await assert.rejects(alice.connect(), /connection ended/);
    const found = await owner.must<{ users: object[] }>('GET', '/api/people?q=alice');
    assert.deepEqual(found.users, []);
    const isMarked = async () => {
      const path = '/api/admin/users?q=alice';
      const { users } = await owner.must<{ users: { unconfirmed?: boolean }[] }>('GET', path);
      return users.map(({ unconfirmed }) => unconfirmed);
    };
    assert.deepEqual(await isMarked(), [true]);

    await confirm('alice@example.org');

    assert.deepEqual(await isMarked(), [undefined]);
    const { rooms } = await alice.must<{ rooms: { name: string }[] }>('GET', '/api/rooms');
    assert.deepEqual(
      rooms.map(({ name }) => name),
      ['general'],
    );
    (await alice.connect()).close();
    const { user } = await alice.must<{ user: { emailConfirmed: boolean } }>('GET', '/api/me');
    assert.equal(user.emailConfirmed, true);
    const known = await owner.must<{ users: object[] }>('GET', '/api/people?q=alice');
    assert.equal(known.users.length, 1);
    assert.equal((await alice.call('POST', '/api/auth/email', {})).status, 404);
  });

  test('sends the mail again, also to another address, and not too often', async () => {
    assert.equal((await register('bob', { email: 'bib@example.org' })).status, 201);
    await mailbox.linkTo('bib@example.org', '/app/email/');
    const bob = await Account.logIn(server.url, 'bob');
    const again = (body: object) => bob.call('POST', '/api/auth/email', body);

    assert.deepEqual(await failureOf(await again({ email: 'bob@example.net' })), [400, 'email']);
    assert.equal((await again({ email: 'bob@example.org' })).status, 200);
    await confirm('bob@example.org');
    assert.equal((await bob.call('GET', '/api/rooms')).status, 200);

    assert.equal((await register('ben', { email: 'ben@example.org' })).status, 201);
    const ben = await Account.logIn(server.url, 'ben');
    const answers: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      answers.push((await ben.call('POST', '/api/auth/email', {})).status);
    }
    assert.deepEqual(answers, [200, 200, 200, 200, 200, 429]);
  });

  test('an invitation of an administrator lets in others, and that of a member does not', async () => {
    assert.equal((await register('carl', { invite: await inviteOf(owner) })).status, 201);
    const carl = await Account.logIn(server.url, 'carl');
    assert.equal((await carl.call('GET', '/api/rooms')).status, 200);

    const invite = await inviteOf(carl);
    assert.deepEqual(await failureOf(await register('dora', { invite })), [400, 'email']);
    assert.equal((await register('dora', { invite, email: 'dora@example.org' })).status, 201);
    const dora = await Account.logIn(server.url, 'dora');
    assert.deepEqual(await failureOf(await dora.call('GET', '/api/rooms')), [403, 'email']);
  });

  test('tells the owner of a confirmed address of another account with it', async () => {
    assert.equal((await register('alias', { email: 'alice@example.org' })).status, 201);
    await until(
      () => mailbox.received.some(({ text }) => text.includes('alias has registered on')),
      'the mail to the owner of the address',
    );
  });
});
