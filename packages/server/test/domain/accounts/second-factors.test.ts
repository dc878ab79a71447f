import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatError } from '@parley/protocol';
import type { Identity } from '../../../src/model/identity.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { totpCode } from '../../support/totp.ts';

const PASSWORD = 'correct horse';
const CLIENT = { address: '192.0.2.1', userAgent: 'test' };
const STEP_MS = 30_000;
const MINUTE_MS = 60_000;

/** Alice, with two-step sign-in unless a test turns it on itself. */
class Scene {
  readonly harness: ChatHarness;
  secret = '';
  recoveryCodes: readonly string[] = [];

  constructor(over: ConstructorParameters<typeof ChatHarness>[0] = {}) {
    this.harness = new ChatHarness(over);
  }

  static async start(): Promise<Scene> {
    const scene = new Scene();
    await scene.register();
    await scene.turnOn();
    return scene;
  }

  register() {
    return this.harness.chat.accounts.register({
      ...{ username: 'alice', password: PASSWORD, address: undefined },
    });
  }

  async turnOn(): Promise<void> {
    const { chat } = this.harness;
    const identity = await this.identify();
    const { secret } = await chat.secondFactors.start(identity, undefined);
    this.secret = secret;
    this.recoveryCodes = await chat.secondFactors.confirm(identity, this.code());
    // The code of this step was used.
    this.harness.clock.advance(STEP_MS);
  }

  code(): string {
    return totpCode(this.secret, this.harness.clock.nowMs());
  }

  verify(code?: string, address = '192.0.2.1', password = PASSWORD) {
    return this.harness.chat.accounts.verify({ username: 'alice', password, address, code });
  }

  async identify(code?: string): Promise<Identity> {
    const { chat } = this.harness;
    const { token } = await chat.sessions.start(await this.verify(code), CLIENT);
    const identity = await chat.sessions.authenticate(token);
    assert(identity !== undefined);
    return identity;
  }
}

const CODE_NEEDED = {
  code: 'UNAUTHENTICATED',
  details: { field: 'code', factor: 'totp', message: 'A code is needed' },
};
const CODE_WRONG = { code: 'UNAUTHENTICATED', message: 'This code is wrong, or was used' };

describe('two-step sign-in', () => {
  test('a login needs a code, which is accepted once and in order', async () => {
    const scene = await Scene.start();
    await assert.rejects(scene.verify(), CODE_NEEDED);
    await assert.rejects(scene.verify(' '), CODE_NEEDED);
    const code = scene.code();
    const earlier = totpCode(scene.secret, scene.harness.clock.nowMs() - STEP_MS);

    await scene.identify(`${code.slice(0, 3)} ${code.slice(3)}`);

    await assert.rejects(scene.verify(code), CODE_WRONG);
    await assert.rejects(scene.verify(earlier), CODE_WRONG);
    scene.harness.clock.advance(STEP_MS);
    await assert.rejects(scene.verify(code), CODE_WRONG);
    await scene.identify(scene.code());
  });

  test('a wrong password tells nothing of the second factor', async () => {
    const scene = await Scene.start();

    for (const code of [undefined, '000000', scene.code()]) {
      await assert.rejects(scene.verify(code, '192.0.2.1', 'wrong'), {
        ...{ code: 'UNAUTHENTICATED', details: { message: 'Invalid credentials' } },
      });
    }
  });

  test('of two logins with one code at the same time, one succeeds', async () => {
    const scene = await Scene.start();
    const code = scene.code();
    const both = await Promise.all([scene.verify(code), scene.verify(code)]);

    const started = await Promise.allSettled(
      both.map((known) => scene.harness.chat.sessions.start(known, CLIENT)),
    );

    assert.deepEqual(started.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const reasons = started.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['UNAUTHENTICATED'],
    );
  });

  test('each recovery code is for one login, however it is written', async () => {
    const scene = await Scene.start();
    const [first = '', second = ''] = scene.recoveryCodes;
    assert.equal(new Set(scene.recoveryCodes).size, 10);
    assert.match(first, /^[0-9a-f]{4}(-[0-9a-f]{4}){4}$/);

    await scene.identify(` ${first.toUpperCase().replaceAll('-', ' ')} `);

    await assert.rejects(scene.verify(first), CODE_WRONG);
    const identity = await scene.identify(second);
    assert.equal(await scene.harness.chat.secondFactors.countRecoveryCodes(identity), 8);
  });

  test('wrong codes are limited as wrong passwords are, and for the account in all', async () => {
    const scene = await Scene.start();
    const guess = (address: string) => scene.verify('000000', address);
    for (let count = 0; count < 5; count += 1) await assert.rejects(guess('192.0.2.1'), CODE_WRONG);
    await assert.rejects(guess('192.0.2.1'), { code: 'RATE_LIMITED' });
    // The right password alone does not end the wait.
    await assert.rejects(scene.verify(undefined), { code: 'RATE_LIMITED' });
    for (let count = 0; count < 5; count += 1) {
      await assert.rejects(guess(`198.51.100.${count}`), CODE_WRONG);
    }

    await assert.rejects(guess('198.51.100.9'), { code: 'RATE_LIMITED' });
    await assert.rejects(scene.verify(scene.code(), '198.51.100.10'), { code: 'RATE_LIMITED' });
    await scene.verify(scene.recoveryCodes[0], '198.51.100.11');
    scene.harness.clock.advance(15 * MINUTE_MS);
    await scene.identify(scene.code());
  });

  test('wrong codes are recorded as refused logins, missing ones are not', async () => {
    const scene = await Scene.start();
    const refusals = async () => {
      await scene.harness.settle();
      const entries = await scene.harness.store.audit.listAudit({ limit: 50 });
      return entries.filter(({ action }) => action === 'login.refuse').length;
    };
    await assert.rejects(scene.verify());
    assert.equal(await refusals(), 0);

    await assert.rejects(scene.verify('000000'));

    assert.equal(await refusals(), 1);
  });

  test('refused proofs are recorded as refused logins, and none of others hides them', async () => {
    const scene = await Scene.start();
    const { harness } = scene;
    const identity = await scene.identify(scene.code());
    const { accounts } = harness.chat;
    // As many as were once recorded in an hour for all accounts together, each from a network of its own.
    for (let other = 0; other < 50; other += 1) {
      await harness.userOf(`other-${other}`);
      for (let count = 0; count < 20; count += 1) {
        const from = { username: `other-${other}`, address: `10.${other}.${count}.1` };
        await assert.rejects(accounts.verify({ ...from, password: 'wrong' }));
      }
    }
    await harness.settle();

    const { recentProof } = harness.chat;
    for (const given of [{ password: 'wrong' }, { password: PASSWORD, code: '000000' }]) {
      await assert.rejects(recentProof.give(identity, given), { code: 'FORBIDDEN' });
    }
    await assert.rejects(recentProof.give(identity, { password: PASSWORD }));
    await harness.settle();
    const own = { actor: identity.user.id, action: 'login.refuse', limit: 9 };
    const entries = await harness.store.audit.listAudit(own);
    assert.deepEqual(
      entries.map(({ detail }) => detail),
      ['proof', 'proof'],
    );
  });

  test('an old login needs the password to set it up', async () => {
    const scene = new Scene();
    await scene.register();
    const identity = await scene.identify();
    const { secondFactors } = scene.harness.chat;
    const start = (password?: string) => secondFactors.start(identity, password);
    scene.harness.clock.advance(10 * MINUTE_MS - 1);
    await start();
    scene.harness.clock.advance(1);

    await assert.rejects(start(), ({ code, details }: ChatError) => {
      assert.deepEqual([code, details.proof], ['FORBIDDEN', 'required']);
      return true;
    });
    for (const password of ['wrong', '']) {
      await assert.rejects(
        start(password),
        (error: { code: string; details: { field: string } }) => {
          assert.deepEqual([error.code, error.details.field], ['FORBIDDEN', 'password']);
          return true;
        },
      );
    }
    const { secret, uri } = await start(PASSWORD);

    assert.equal(uri, `otpauth://totp/Parley%3Aalice?secret=${secret}&issuer=Parley`);
  });

  test('is on after a right code, with the latest secret', async () => {
    const scene = new Scene();
    await scene.register();
    const identity = await scene.identify();
    const { secondFactors } = scene.harness.chat;
    await assert.rejects(secondFactors.confirm(identity, '000000'), { code: 'CONFLICT' });
    const first = await secondFactors.start(identity, undefined);
    const second = await secondFactors.start(identity, undefined);
    const nowMs = scene.harness.clock.nowMs();

    const wrong = {
      code: 'FORBIDDEN',
      details: { field: 'code', message: 'This code is wrong, or was used' },
    };
    await assert.rejects(secondFactors.confirm(identity, totpCode(first.secret, nowMs)), wrong);
    assert.equal(await secondFactors.countRecoveryCodes(identity), undefined);
    await scene.verify();
    await secondFactors.confirm(identity, totpCode(second.secret, nowMs));

    assert.equal(await secondFactors.countRecoveryCodes(identity), 10);
    await assert.rejects(scene.verify(), CODE_NEEDED);
    // The code that turned it on was used.
    await assert.rejects(scene.verify(totpCode(second.secret, nowMs)), CODE_WRONG);
    await assert.rejects(secondFactors.start(identity, undefined), { code: 'CONFLICT' });
  });

  test('is removed with the password and a code', async () => {
    const scene = await Scene.start();
    const { secondFactors } = scene.harness.chat;
    const identity = await scene.identify(scene.recoveryCodes[0]);
    const remove = (password: string, code: string) =>
      secondFactors.remove(identity, { password, code });

    for (const [password, code, field] of [
      ['wrong', scene.code(), 'password'],
      [PASSWORD, '000000', 'code'],
      [PASSWORD, scene.recoveryCodes[0] ?? '', 'code'],
    ] as const) {
      await assert.rejects(remove(password, code), (error: { details: { field: string } }) => {
        assert.equal(error.details.field, field);
        return true;
      });
    }
    await remove(PASSWORD, scene.code());

    await scene.verify();
    await assert.rejects(remove(PASSWORD, scene.code()), { code: 'CONFLICT' });
  });

  test('guesses of the code are limited for those who are logged in too', async () => {
    const scene = await Scene.start();
    const identity = await scene.identify(scene.recoveryCodes[0]);
    const remove = (code: string) =>
      scene.harness.chat.secondFactors.remove(identity, { password: PASSWORD, code });
    for (let count = 0; count < 5; count += 1) {
      await assert.rejects(remove('000000'), { code: 'FORBIDDEN' });
    }

    await assert.rejects(remove(scene.code()), { code: 'RATE_LIMITED' });
  });

  test('is for accounts with a password, and not for tokens of connections', async () => {
    const scene = new Scene();
    await scene.register();
    const identity = await scene.identify();
    const { chat, store } = scene.harness;
    const token = { ...identity, isConnectOnly: true } as const;
    const elsewhere = {
      ...identity.user,
      id: 'elsewhere' as Identity['user']['id'],
      username: 'elsewhere',
    };
    await store.accounts.insertUser(elsewhere, '!');

    for (const act of [
      () => chat.secondFactors.start(token, PASSWORD),
      () => chat.secondFactors.confirm(token, '000000'),
      () => chat.secondFactors.remove(token, { password: PASSWORD, code: '000000' }),
      () => chat.secondFactors.countRecoveryCodes(token),
      () => chat.secondFactors.start({ ...identity, user: elsewhere }, PASSWORD),
    ]) {
      await assert.rejects(act(), { code: 'FORBIDDEN' });
    }
  });

  test('recovery codes work if the server has lost the secret of the sessions', async () => {
    const before = await Scene.start();
    const { store, clock } = before.harness;
    const scene = new Scene({ store, clock, totpSecrets: ['another'] });
    scene.secret = before.secret;

    await assert.rejects(scene.verify(scene.code()), CODE_WRONG);

    const { user } = await scene.verify(before.recoveryCodes[0]);
    const entries = scene.harness.logger.filter(({ event }) => event === 'factor.unreadable');
    assert.deepEqual(entries, [{ event: 'factor.unreadable', userId: user.id }]);
  });

  test('a link that sets a new password removes it', async () => {
    const scene = await Scene.start();
    const { chat, store } = scene.harness;
    const owner = { ...(await scene.identify(scene.code())), user: await ownerOf(scene) };
    const alice = await store.accounts.findCredentials('alice');
    assert(alice !== undefined);
    const { token } = await chat.userAdministration.createPasswordReset(owner, alice.user.id);
    await assert.rejects(scene.verify(), CODE_NEEDED);

    const known = await chat.passwordResets.use(
      { token, password: 'another horse' },
      { limited: undefined, recorded: '' },
    );

    await chat.sessions.start(known, CLIENT);
    await scene.verify(undefined, '192.0.2.1', 'another horse');
  });
});

async function ownerOf({ harness }: Scene): Promise<Identity['user']> {
  const owner = await harness.userOf('olivia');
  await harness.store.sessions.setRole(owner.id, 'owner', {
    ...{ actor: 'operator', address: '', atMs: harness.clock.nowMs() },
  });
  return { ...owner, role: 'owner' };
}
