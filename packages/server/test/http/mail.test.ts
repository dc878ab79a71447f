/** Mail of a whole server, which a real SMTP server on loopback receives. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { type Account, PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

interface Received {
  readonly to: string;
  readonly text: string;
}

const NEW_PASSWORD = 'a newer horse';

describe('mail', () => {
  const DATA_DIR = temporaryDirectory();
  const received: Received[] = [];
  let smtp: SMTPServer;
  let server: TestServer;
  let owner: Account;
  before(async () => {
    smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      async onData(stream, session, accept) {
        const to = session.envelope.rcptTo.map(({ address }) => address).join();
        const raw = await text(stream);
        // Quoted-printable: soft line breaks, and the equals sign.
        received.push({ to, text: raw.replaceAll('=\r\n', '').replaceAll('=3D', '=') });
        accept();
      },
    });
    smtp.listen(0, '127.0.0.1');
    await once(smtp.server, 'listening');
    const { port } = smtp.server.address() as AddressInfo;
    server = await TestServer.start({
      ...{ DATA_DIR, FIRST_ACCOUNT: 'owner', SMTP_URL: `smtp://127.0.0.1:${port}` },
      ...{ MAIL_FROM: 'Parley <chat@example.org>', PUBLIC_URL: 'https://chat.example.org' },
    });
    owner = await server.signUp('olivia');
  });
  after(async () => {
    await server.close();
    await new Promise<void>((resolve) => smtp.close(resolve));
  });

  const mailTo = async (to: string, path: string): Promise<string> => {
    let token: string | undefined;
    await until(() => {
      const mail = received.findLast((each) => each.to === to && each.text.includes(path));
      token = mail?.text.match(new RegExp(`https://chat\\.example\\.org${path}([\\w-]+)`))?.[1];
      return token !== undefined;
    }, `a mail to ${to}`);
    return token ?? '';
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
    assert.equal(received.length, 2);
  });

  test('an unconfirmed address gets no reset link, and a confirmed one belongs to one account', async () => {
    const [bob, mallory] = [await server.signUp('bob'), await server.signUp('mallory')];
    await mallory.must('PATCH', '/api/me', { email: 'bob@example.org' });
    const hers = await mailTo('bob@example.org', '/app/email/');
    await forget('mallory');
    await forget('bob@example.org');
    await until(() => queued() === 0, 'an empty queue');
    assert.ok(
      !received.some(({ to, text: sent }) => to.startsWith('bob') && sent.includes('/reset/')),
    );

    const before = received.length;
    await bob.must('PATCH', '/api/me', { email: 'bob@example.org' });
    await until(() => received.length > before, 'the mail of the second account');
    const his = await mailTo('bob@example.org', '/app/email/');
    assert.equal((await server.post('/api/auth/email/confirm', { token: his })).status, 200);
    assert.equal((await server.post('/api/auth/email/confirm', { token: hers })).status, 404);
  });
});

test('a server without mail says so', async () => {
  const server = await TestServer.start();
  assert.equal((await server.post('/api/auth/forgot', { username: 'alice' })).status, 403);
  await server.close();
});
