import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';

const HOUR_MS = 60 * 60_000;
const PUBLIC_URL = 'https://chat.example.org';

interface Mail {
  readonly to: string;
  readonly text: string;
}

/** Alice, whose address waits for its confirmation. */
async function scene(accepts: () => boolean) {
  const sent: Mail[] = [];
  const mailer = {
    send: async (mail: Mail) => {
      sent.push(mail);
      if (!accepts()) throw new Error(`550 ${mail.to}`);
    },
  };
  const harness = new ChatHarness({ mail: { mailer, publicUrl: PUBLIC_URL } });
  const alice = await harness.userOf('alice');
  await harness.chat.ownProfile.change(alice, { email: 'alice@example.org' });
  await harness.chat.begin();
  await harness.settle();
  const advance = async (byMs: number): Promise<void> => {
    harness.clock.advance(byMs);
    await harness.settle();
  };
  return { harness, alice, sent, advance };
}

describe('the sender of mail', () => {
  test('sends again after a failure, with a new token, and gives up after ten', async () => {
    const { harness, sent, advance } = await scene(() => false);
    assert.equal(sent.length, 1);
    await advance(20_000);
    assert.equal(sent.length, 1);
    // The search that finds it comes after the wait.
    for (const byMs of [15_000, 5000]) await advance(byMs);
    assert.equal(sent.length, 2);
    for (let count = 0; count < 30; count += 1) await advance(HOUR_MS);

    assert.equal(sent.length, 10);
    assert.equal(new Set(sent.map(({ text }) => text)).size, 10);
    const failed = harness.logger.filter(({ event }) => event === 'mail.failed');
    assert.equal(failed.length, 10);
    assert.doesNotMatch(JSON.stringify(harness.logger), /example\.org/);
    await harness.chat.close();
  });

  test('sends each mail once, and none to an address that was removed', async () => {
    const { harness, alice, sent, advance } = await scene(() => true);
    await advance(HOUR_MS);
    assert.deepEqual(
      sent.map(({ to }) => to),
      ['alice@example.org'],
    );
    await harness.chat.ownProfile.change(alice, { email: 'other@example.org' });
    await harness.chat.ownProfile.change(alice, { email: '' });
    await advance(HOUR_MS);

    assert.equal(sent.length, 1);
    await harness.chat.close();
  });

  test('a confirmed address is told of another one, and in force until that is confirmed', async () => {
    const { harness, alice, sent, advance } = await scene(() => true);
    const { chat } = harness;
    const confirm = async (): Promise<void> => {
      const link = sent.findLast(({ text }) => text.includes('/app/email/'))?.text;
      const token = link?.match(/\/app\/email\/([\w-]+)/)?.[1] ?? '';
      await chat.emailRequests.confirm(token, { limited: undefined, recorded: '' });
    };
    const sentBy = async (act: () => Promise<unknown>) => {
      const before = sent.length;
      await act();
      await harness.settle();
      await advance(5000);
      const mails = sent
        .slice(before)
        .map(({ to, text }) => [
          to.slice(0, to.indexOf('@')),
          /\/app\/(\w+)\//.exec(text)?.[1] ?? /changed for alice/.exec(text)?.[0],
        ]);
      return Object.fromEntries(mails);
    };
    await confirm();

    const change = () => chat.ownProfile.change(alice, { email: 'typo@example.org' });
    assert.deepEqual(await sentBy(change), { alice: 'changed for alice', typo: 'email' });
    const forget = () => chat.emailRequests.requestReset('alice@example.org', undefined);
    assert.deepEqual(await sentBy(forget), { alice: 'reset' });
    const { email } = await chat.ownProfile.read(alice);
    assert.deepEqual(email, {
      ...{ address: 'alice@example.org', isConfirmed: true, pending: 'typo@example.org' },
    });
    assert.deepEqual(await sentBy(confirm), { alice: 'changed for alice' });
    assert.deepEqual(await sentBy(() => chat.emailRequests.requestReset('alice', undefined)), {
      typo: 'reset',
    });
    await chat.close();
  });

  test('few confirmations are mailed for one account, and to one address', async () => {
    const { harness, alice, sent, advance } = await scene(() => true);
    const { chat } = harness;
    const set = async (user: typeof alice, email: string): Promise<string> => {
      const change = chat.ownProfile.change(user, { email });
      const answer = await change.then(
        () => 'set',
        ({ code }) => code,
      );
      await advance(3000);
      return answer;
    };
    const before = sent.length;
    const answers: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      answers.push(await set(alice, `${count % 2 === 0 ? 'other' : 'victim'}@example.org`));
    }
    assert.deepEqual(answers.slice(0, 5), ['set', 'set', 'set', 'set', 'RATE_LIMITED']);
    assert.equal(sent.length - before, 4);
    for (const name of ['bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi']) {
      await set(await harness.userOf(name), 'Victim@example.org');
    }
    assert.equal(sent.filter(({ to }) => /^victim@/i.test(to)).length, 6);
    await advance(HOUR_MS);
    assert.equal(await set(alice, 'other@example.org'), 'set');
    await chat.close();
  });

  test('a user with two-step sign-in gets no link that sets a password', async () => {
    const { harness, alice, sent, advance } = await scene(() => true);
    const { chat, store, clock } = harness;
    const token = sent[0]?.text.match(/\/app\/email\/([\w-]+)/)?.[1] ?? '';
    await chat.emailRequests.confirm(token, { limited: undefined, recorded: '' });
    const by = { actor: alice.id, address: '', atMs: clock.nowMs() };
    await store.accounts.startSecondFactor(alice.id, 'sealed');
    const proof = { kind: 'totp', sealed: 'sealed', step: 1, resealed: 'sealed' } as const;
    await store.accounts.confirmSecondFactor(alice.id, proof, [], by);
    await chat.emailRequests.requestReset('alice', undefined);
    await harness.settle();
    await advance(5000);

    assert.equal(sent.length, 2);
    assert.doesNotMatch(sent[1]?.text ?? '', /\/app\/reset\//);
    await chat.close();
  });
});
