/** Mail of a whole server, which a real SMTP server on loopback receives. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../support/account.ts';
import { Mailbox } from '../support/mailbox.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

const NEW_PASSWORD = 'a newer horse';

describe('mail', () => {
  const DATA_DIR = temporaryDirectory();
  let mailbox: Mailbox;
  let server: TestServer;
  let owner: Account;
  before(async () => {
    mailbox = await Mailbox.open();
    server = await TestServer.start({
      ...{ DATA_DIR, FIRST_ACCOUNT: 'owner', SMTP_URL: mailbox.url },
      ...{ MAIL_FROM: 'Parley <chat@example.org>', PUBLIC_URL: 'https://chat.example.org' },
    });
    owner = await server.signUpOwner('olivia');
  });
  after(async () => {
    await server.close();
    await mailbox.close();
  });

  /** The token of the link. */
  const mailTo = async (to: string, path: string): Promise<string> => {
    const link = await mailbox.linkTo(to, path);
    assert.ok(link.startsWith(`https://chat.example.org${path}`));
    return link.slice(link.lastIndexOf('/') + 1);
  };
  const forget = (username: string) => server.post('/api/auth/forgot', { username });
  const queued = (): number => {
    const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
    const row = database.prepare('SELECT count(*) AS mails FROM mail_queue').get();
    database.close();
    return Number(row?.['mails']);
  };
  const confirm = async (account: Account, email: string): Promise<void> => {
    await account.must('PATCH', '/api/me', { email });
    const token = await mailTo(email, '/app/email/');
    assert.equal((await server.post('/api/auth/email/confirm', { token })).status, 200);
    assert.equal((await server.post('/api/auth/email/confirm', { token })).status, 404);
  };

  test('confirms an address, and sets a new password of its account', async () => {
    const alice = await server.signUp('alice');
    await confirm(alice, 'alice@example.org');
    const { user } = await alice.must<{ user: { emailConfirmed: boolean } }>('GET', '/api/me');
    assert.equal(user.emailConfirmed, true);
    const { entries } = await owner.must<{ entries: { action: string }[] }>(
      ...(['GET', '/api/admin/audit?actor=alice'] as const),
    );
    assert.ok(entries.some(({ action }) => action === 'email.confirm'));

    const answers = [
      await forget('Alice@Example.org'),
      await forget('nobody'),
      await forget('olivia'),
    ];

    const bodies = await Promise.all(answers.map(async (each) => [each.status, await each.text()]));
    assert.equal(new Set(bodies.map(String)).size, 1);
    const token = await mailTo('alice@example.org', '/app/reset/');
    const reset = await server.post('/api/auth/reset', { token, password: NEW_PASSWORD });
    assert.equal(reset.status, 200);
    const logIn = async (password: string) =>
      (await server.post('/login', { username: 'alice', password })).status;
    assert.deepEqual([await logIn(PASSWORD), await logIn(NEW_PASSWORD)], [401, 200]);
    await until(() => queued() === 0, 'an empty queue');
    const told = mailbox.received.at(-1);
    assert.equal(mailbox.received.length, 3);
    assert.match(told?.text ?? '', /The password was changed for alice on chat\.example\.org\./);
    assert.doesNotMatch(told?.text ?? '', /\/app\/|https:/);
  });

  test('tells of a new device, and the former address of another one', async () => {
    const erin = await server.signUp('erin');
    await confirm(erin, 'erin@example.org');
    const before = mailbox.received.length;
    const login = await fetch(`${server.url}/login`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
      body: JSON.stringify({ username: 'erin', password: PASSWORD }),
    });
    assert.equal(login.status, 200);
    await until(() => mailbox.received.length > before, 'the mail about the device');
    const signIn = mailbox.received.at(-1);
    assert.equal(signIn?.to, 'erin@example.org');
    assert.match(signIn?.text ?? '', /^Subject: New sign-in on chat\.example\.org\r?$/m);
    assert.match(signIn?.text ?? '', /^Device: Firefox on Linux\r?\nAddress: 127\.0\.0\.1\r?$/m);

    await erin.must('PATCH', '/api/me', { email: 'erin@example.net' });
    await until(
      () => mailbox.received.some(({ text }) => text.includes('address was changed for erin')),
      'the mail to the former address',
    );
    const change = mailbox.received.find(({ text }) => text.includes('was changed for erin'));
    assert.equal(change?.to, 'erin@example.org');
    await until(() => queued() === 0, 'an empty queue');
  });

  test('an unconfirmed address gets no reset link, and a confirmed one belongs to one account', async () => {
    const [bob, mallory] = [await server.signUp('bob'), await server.signUp('mallory')];
    await mallory.must('PATCH', '/api/me', { email: 'bob@example.org' });
    const hers = await mailTo('bob@example.org', '/app/email/');
    await forget('mallory');
    await forget('bob@example.org');
    await until(() => queued() === 0, 'an empty queue');
    assert.ok(
      !mailbox.received.some(
        ({ to, text: sent }) => to.startsWith('bob') && sent.includes('/reset/'),
      ),
    );

    const before = mailbox.received.length;
    await bob.must('PATCH', '/api/me', { email: 'bob@example.org' });
    await until(() => mailbox.received.length > before, 'the mail of the second account');
    const his = await mailTo('bob@example.org', '/app/email/');
    assert.equal((await server.post('/api/auth/email/confirm', { token: his })).status, 200);
    assert.equal((await server.post('/api/auth/email/confirm', { token: hers })).status, 404);
  });

  test('lets the person of an address in, once, and keeps the link to itself', async () => {
    const { room } = await owner.must<{ room: { id: string } }>(
      ...(['POST', '/api/rooms', { name: 'launch', visibility: 'private' }] as const),
    );
    const email = 'Nina@example.org';
    const { invite } = await owner.must<{ invite: Record<string, unknown> }>(
      ...(['POST', '/api/invites', { email: ` ${email} `, roomIds: [room.id] }] as const),
    );
    assert.equal(invite['email'], email);
    assert.deepEqual([invite['token'], invite['url'], invite['uses']], [undefined, undefined, 1]);
    const token = await mailTo(email, '/app/invite/');
    assert.match(mailbox.received.at(-1)?.text ?? '', /^olivia invites you to the chat of/m);

    const registered = await server.post('/register', {
      ...{ username: 'nina', password: PASSWORD, invite: token },
    });
    assert.equal(registered.status, 201);
    const again = await server.post('/register', {
      ...{ username: 'second', password: PASSWORD, invite: token },
    });
    assert.equal(again.status, 403);
  });

  test('is not sent to what is no address, or to one again and again', async () => {
    const invited = async (email: string) =>
      (await owner.call('POST', '/api/invites', { email })).status;
    assert.equal(await invited('nina'), 400);
    assert.equal(await invited('a@example.org, b@example.org'), 400);
    const repeated = [];
    for (let count = 0; count < 4; count += 1) repeated.push(await invited('many@example.org'));
    assert.deepEqual(repeated, [201, 201, 201, 429]);
  });

  test('of a revoked link is not sent', async () => {
    const { invite } = await owner.must<{ invite: { id: string } }>(
      ...(['POST', '/api/invites', { email: 'late@example.org' }] as const),
    );
    await owner.must('DELETE', `/api/invites/${invite.id}`);
    await until(() => queued() === 0, 'an empty queue');
    const sent = mailbox.received.find(({ to }) => to === 'late@example.org');
    const link = sent?.text.match(/\/app\/invite\/([\w-]+)/)?.[1];
    // The sender may have been faster than the revocation.
    const body = { username: 'late', password: PASSWORD, invite: link ?? 'none' };
    assert.equal((await server.post('/register', body)).status, 403);
  });
});

test('a server without mail says so', async () => {
  const server = await TestServer.start();
  const alice = await server.signUp('alice');
  assert.equal((await alice.call('POST', '/api/invites', { email: 'a@example.org' })).status, 403);
  assert.equal((await server.post('/api/auth/forgot', { username: 'alice' })).status, 403);
  await server.close();
});
