import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Identity } from '../../../src/model/identity.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const DAY_MS = 24 * 60 * 60_000;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const HOME = { address: '192.0.2.1', userAgent: 'test' };
const AWAY = { address: '198.51.100.7', userAgent: FIREFOX };

async function login(harness: ChatHarness, client = HOME, name = 'alice') {
  const user = await harness.userOf(name);
  const known = await harness.store.accounts.findCredentials(user.username);
  assert(known);
  const { token, expiresAtMs } = await harness.chat.sessions.start(known, client);
  await harness.settle();
  const identity = await harness.chat.sessions.authenticate(token);
  assert(identity);
  const connect = async () => {
    const connected = await harness.connectWith(user, token, expiresAtMs);
    await harness.settle();
    return connected;
  };
  return { user, token, identity, connect };
}

const kindsFor = async (harness: ChatHarness, identity: Identity) =>
  (await harness.chat.accountNotices.list(identity)).map(({ kind }) => kind);

describe('notices about an account', () => {
  test('tell connected devices of a sign-in, which can be ended with the id in it', async () => {
    const harness = new ChatHarness();
    const desk = await login(harness);
    const client = await desk.connect();
    assert.deepEqual(client.ofKind('account-notice'), []);
    const phone = await login(harness, AWAY);
    const phoneClient = await phone.connect();

    const [event] = client.ofKind('account-notice');
    assert(event);
    const { id, sessionId, ...about } = event.notice;
    const atMs = harness.clock.nowMs();
    assert.deepEqual(about, {
      ...{ kind: 'signed_in', atMs, device: 'Firefox on Linux', address: '198.51.100.7' },
    });
    assert.deepEqual(phoneClient.ofKind('account-notice'), []);
    assert.deepEqual(await harness.chat.accountNotices.list(desk.identity), [event.notice]);
    assert.deepEqual(await harness.chat.accountNotices.list(phone.identity), []);
    await harness.chat.userSessions.end(desk.identity, sessionId ?? '');
    assert.equal(phoneClient.endedBy, 'session-ended');
    const [left] = await harness.chat.accountNotices.list(desk.identity);
    assert.deepEqual(left, { ...event.notice, sessionId: undefined });
    await assert.rejects(harness.chat.accountNotices.dismiss(phone.identity, id), {
      code: 'NOT_FOUND',
    });
    await harness.chat.accountNotices.dismiss(desk.identity, id);
    assert.deepEqual(await kindsFor(harness, desk.identity), []);
  });

  test('wait for the next device if the user was away, but not for the same device', async () => {
    const harness = new ChatHarness();
    const first = await login(harness);
    await (await first.connect()).leave();
    await harness.store.accounts.setLastSeen([
      { userId: first.user.id, lastSeenAtMs: harness.clock.nowMs() },
    ]);
    await harness.chat.logout.end(first.identity, 'all');
    const stranger = await login(harness, AWAY);
    await harness.chat.logout.end(stranger.identity, 'this');
    harness.clock.advance(1000);

    const again = await login(harness);
    const strangerAgain = await login(harness, AWAY);

    assert.deepEqual(await kindsFor(harness, again.identity), ['signed_in', 'signed_in']);
    // Only the sign-in at home.
    const listed = await harness.chat.accountNotices.list(strangerAgain.identity);
    assert.deepEqual(listed, []);
    harness.clock.advance(14 * DAY_MS);
    const later = await login(harness, { address: '203.0.113.1', userAgent: 'other' });
    assert.deepEqual(await kindsFor(harness, later.identity), []);
  });

  test('tell of changes, and of each with the device that made it', async () => {
    const harness = new ChatHarness();
    const desk = await login(harness);
    const client = await desk.connect();
    const phone = await login(harness, AWAY);
    const { sessionKey } = phone.identity;
    const { ownProfile, accounts } = harness.chat;

    await ownProfile.change(phone.user, { email: 'alice@example.org' }, sessionKey);
    await ownProfile.change(phone.user, { email: 'alice@example.org' }, sessionKey);
    await harness.settle();
    const told = client.ofKind('account-notice').map(({ notice }) => notice);
    assert.deepEqual(
      told.map(({ kind, device }) => [kind, device]),
      [
        ['signed_in', 'Firefox on Linux'],
        ['email_changed', 'Firefox on Linux'],
      ],
    );
    const change = { currentPassword: 'alice', newPassword: 'a newer horse' };
    await accounts.changePassword(phone.identity, change, AWAY);
    await harness.settle();
    // The change has ended the session of the desk.
    const store = harness.store.accounts;
    const kept = await store.listAccountNotices(desk.user.id, 0, '');
    assert.deepEqual(
      kept.map(({ kind }) => kind),
      ['signed_in', 'email_changed', 'password_changed'],
    );
  });

  test('reach devices on other nodes', async () => {
    const nodes = await TwoNodes.start();
    const desk = await login(nodes.one);
    const client = await desk.connect();
    await nodes.settle();
    const other = await nodes.other.userOf('alice');
    assert.equal(other.id, desk.user.id);
    const phone = await nodes.during(login(nodes.other, AWAY));
    const phoneClient = await nodes.during(phone.connect());
    await nodes.advance(100, 10);

    const told = client.ofKind('account-notice').map(({ notice }) => notice.address);
    assert.deepEqual(told, ['198.51.100.7']);
    assert.deepEqual(phoneClient.ofKind('account-notice'), []);
    await nodes.close();
  });
});

describe('mail about an account', () => {
  test('goes to the confirmed address: for new devices and changes, without text of the device', async () => {
    const sent: { to: string; subject: string; text: string }[] = [];
    const mailer = { send: async (mail: (typeof sent)[number]) => void sent.push(mail) };
    const harness = new ChatHarness({ mail: { mailer, publicUrl: 'https://chat.example.org' } });
    const { chat, clock } = harness;
    const desk = await login(harness);
    const confirm = async (email: string): Promise<void> => {
      await chat.ownProfile.change(desk.user, { email }, desk.identity.sessionKey);
      clock.advance(2000);
      await harness.settle();
      const token = sent.at(-1)?.text.match(/\/app\/email\/([\w-]+)/)?.[1] ?? '';
      await chat.emailRequests.confirm(token, { limited: undefined, recorded: '' });
    };
    await chat.begin();
    await confirm('alice@example.org');
    const mailsOf = async (work: () => Promise<unknown>): Promise<typeof sent> => {
      const before = sent.length;
      await work();
      await harness.settle();
      clock.advance(2000);
      await harness.settle();
      return sent.slice(before);
    };

    const [mail, ...more] = await mailsOf(() => login(harness, AWAY));
    assert.equal(more.length, 0);
    assert.equal(mail?.to, 'alice@example.org');
    assert.match(mail?.text ?? '', /Firefox on Linux\nAddress: 198\.51\.100\.7\nTime: .* UTC\n/);
    assert.doesNotMatch(mail?.text ?? '', /http|[0-9a-f]{32}/);
    // A version and an address of the same network are no new device.
    const newer = { userAgent: FIREFOX.replaceAll('140', '141'), address: '198.51.100.9' };
    assert.deepEqual(await mailsOf(() => login(harness, newer)), []);
    const [forged] = await mailsOf(() =>
      login(harness, { address: '203.0.113.1', userAgent: 'Visit evil.example' }),
    );
    assert.doesNotMatch(forged?.text ?? '', /evil/);

    const changed = await mailsOf(() =>
      chat.ownProfile.change(desk.user, { email: 'new@example.org' }, desk.identity.sessionKey),
    );
    assert.deepEqual(changed.map(({ to, subject }) => [to, subject]).sort(), [
      ['alice@example.org', 'Your account on chat.example.org'],
      ['new@example.org', 'Confirm your e-mail address for chat.example.org'],
    ]);
    await chat.close();
  });

  test('is limited for each kind, and a device is known for 90 days', async () => {
    const mailer = { send: async () => {} };
    // Its sender does not begin: the queue is read here.
    const harness = new ChatHarness({ mail: { mailer, publicUrl: 'https://chat.example.org' } });
    const { chat, clock, store } = harness;
    const { accounts } = store;
    const { identity, user } = await login(harness);
    const [email, expiresAtMs] = ['alice@example.org', clock.nowMs() + DAY_MS];
    await accounts.setEmail(user.id, email, { actor: user.id, address: '', atMs: 0 }, undefined);
    await accounts.setEmailToken(user.id, email, { digest: 'digest', expiresAtMs });
    await accounts.confirmEmail('digest', { address: '', atMs: clock.nowMs() });
    const signIns = async (clients: readonly (typeof HOME)[]): Promise<number> => {
      for (const client of clients) await login(harness, client);
      for (let count = 0; ; count += 1) {
        // They are due a second apart.
        const nowMs = clock.nowMs() + 9000;
        const mail = await accounts.takeMail({ nowMs, dueAtMs: nowMs + 1 });
        if (mail === undefined) return count;
        assert.equal(mail.notice?.kind, 'signed_in');
        await accounts.deleteMail(mail.id);
      }
    };
    const strangers = Array.from({ length: 8 }, (_, n) => ({
      ...{ address: `203.0.${n}.1`, userAgent: FIREFOX },
    }));

    assert.equal(await signIns(strangers), 5);
    await chat.logout.end(identity, 'all');
    clock.advance(60 * DAY_MS);
    assert.equal(await signIns(strangers.slice(0, 1)), 0);
    clock.advance(60 * DAY_MS);
    assert.equal(await signIns(strangers.slice(0, 2)), 1);
  });
});

test('ids of sessions in notices reveal no key', async () => {
  const harness = new ChatHarness();
  const desk = await login(harness);
  const client = await desk.connect();
  const phone = await login(harness, AWAY);
  const text = JSON.stringify(client.ofKind('account-notice'));
  assert(!text.includes(phone.identity.sessionKey));
  assert(!text.includes(systemCrypto.digest(phone.token)));
});
