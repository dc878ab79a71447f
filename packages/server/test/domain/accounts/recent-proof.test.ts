import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatError } from '@parley/protocol';
import type { Identity } from '../../../src/model/identity.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { totpCode } from '../../support/totp.ts';

const PASSWORD = 'correct horse';
const CLIENT = { address: '192.0.2.1', userAgent: 'test' };
const MINUTE_MS = 60_000;

async function scene() {
  const harness = new ChatHarness();
  const { chat } = harness;
  const alice = { username: 'alice', password: PASSWORD, address: undefined };
  await chat.accounts.register(alice);
  const { token } = await chat.sessions.start(await chat.accounts.verify(alice), CLIENT);
  const identity = await chat.sessions.authenticate(token);
  assert(identity !== undefined);
  return { harness, chat, identity };
}

const isRequired = ({ code, details }: ChatError) =>
  code === 'FORBIDDEN' && details.proof === 'required';

describe('recent proofs', () => {
  test('a login counts for 10 minutes, and so does each proof', async () => {
    const { harness, chat, identity } = await scene();
    const { recentProof } = chat;
    harness.clock.advance(10 * MINUTE_MS - 1);
    await recentProof.require(identity);
    harness.clock.advance(1);
    await assert.rejects(recentProof.require(identity), isRequired);
    await assert.rejects(recentProof.give(identity, {}), isRequired);

    const untilMs = await recentProof.give(identity, { password: PASSWORD });

    assert.equal(untilMs, harness.clock.nowMs() + 10 * MINUTE_MS);
    harness.clock.advance(10 * MINUTE_MS - 1);
    assert.equal(await recentProof.give(identity, {}), untilMs);
    harness.clock.advance(1);
    await assert.rejects(recentProof.require(identity), isRequired);
  });

  test('counts for its own session only', async () => {
    const { harness, chat, identity } = await scene();
    harness.clock.advance(10 * MINUTE_MS);
    const login = { username: 'alice', password: PASSWORD, address: undefined };
    const { token } = await chat.sessions.start(await chat.accounts.verify(login), CLIENT);
    const other = await chat.sessions.authenticate(token);
    assert(other !== undefined);

    await chat.recentProof.require(other);
    await assert.rejects(chat.recentProof.require(identity), isRequired);
    await chat.logout.end(other, 'this');
    await assert.rejects(chat.recentProof.require(other), isRequired);
  });

  test('wrong passwords are limited as those of logins', async () => {
    const { harness, chat, identity } = await scene();
    harness.clock.advance(10 * MINUTE_MS);
    const guess = () => chat.recentProof.give(identity, { password: 'wrong' });
    const errors: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      errors.push(
        await guess().then(
          () => 'accepted',
          ({ code }: ChatError) => code,
        ),
      );
    }

    assert.deepEqual([...new Set(errors)], ['FORBIDDEN', 'RATE_LIMITED']);
    await assert.rejects(chat.recentProof.require(identity), isRequired);
  });

  test('a user with a second factor also needs a code, once', async () => {
    const { harness, chat, identity } = await scene();
    const { recentProof, secondFactors } = chat;
    const { secret } = await secondFactors.start(identity, undefined);
    const code = () => totpCode(secret, harness.clock.nowMs());
    const [recovery = ''] = await secondFactors.confirm(identity, code());
    harness.clock.advance(10 * MINUTE_MS);
    const needsCode = ({ code: error, details }: ChatError) =>
      error === 'FORBIDDEN' && details.factor === 'totp' && details.field === 'code';
    const give = (given?: string) =>
      recentProof.give(identity, {
        password: PASSWORD,
        ...(given === undefined ? {} : { code: given }),
      });

    await assert.rejects(give(), needsCode);
    await assert.rejects(give('000000'), needsCode);
    const used = code();
    await give(used);
    await assert.rejects(give(used), needsCode);
    harness.clock.advance(MINUTE_MS);
    await give(recovery);
    harness.clock.advance(MINUTE_MS);
    await assert.rejects(give(recovery), needsCode);
  });

  test('a token for connections cannot give it, and users of another issuer need none', async () => {
    const { harness, chat, identity } = await scene();
    harness.clock.advance(10 * MINUTE_MS);
    const connectOnly: Identity = { ...identity, isConnectOnly: true };
    await assert.rejects(chat.recentProof.give(connectOnly, { password: PASSWORD }), {
      code: 'FORBIDDEN',
    });
    const external = { ...identity.user, externalId: 'u-1' };
    await chat.recentProof.require({ user: external, sessionKey: 'of the issuer' });
    await assert.rejects(
      chat.recentProof.require({ user: identity.user, sessionKey: 'unknown' }),
      isRequired,
    );
  });
});
