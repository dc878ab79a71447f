import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Chat } from '../../../src/domain/chat.ts';
import { ChatHarness, plainHash } from '../../support/chat-harness.ts';
import { NOON_MS } from '../../support/records.ts';

const PASSWORD = 'correct horse';

function attempt(
  over: { username?: string; password?: string; address?: string | undefined } = {},
) {
  return { username: 'alice', password: PASSWORD, address: '192.0.2.1', ...over };
}

/** Wrong passwords for one account from one network, each of which is verified. */
async function guess(chat: Chat, count: number): Promise<void> {
  for (let tries = 0; tries < count; tries += 1) {
    await assert.rejects(chat.accounts.verify(attempt({ password: 'wrong' })), {
      code: 'UNAUTHENTICATED',
    });
  }
}

describe('registration', () => {
  test('creates an account that can log in, with its name in any case', async () => {
    const { chat } = new ChatHarness();

    const made = await chat.accounts.register(attempt({ username: '  Alice ' }));

    assert.equal(made.username, 'Alice');
    const found = await chat.accounts.verify(attempt({ username: 'aLiCe' }));
    assert.deepEqual(found.user, made);
  });

  test('rejects a name that is taken', async () => {
    const { chat } = new ChatHarness();
    await chat.accounts.register(attempt());

    await assert.rejects(chat.accounts.register(attempt({ username: 'ALICE' })), {
      code: 'CONFLICT',
      message: 'Username taken',
    });
  });

  test('gives a name requested twice at once to one account', async () => {
    const { chat } = new ChatHarness();

    const results = await Promise.allSettled([
      chat.accounts.register(attempt()),
      chat.accounts.register(attempt()),
    ]);

    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('is limited per hour from all networks together, but not on this machine', async () => {
    const { chat, clock } = new ChatHarness({ settings: { registrationsPerHour: 3 } });
    const register = (name: string, address: string | undefined) =>
      chat.accounts.register(attempt({ username: name, address }));
    for (const number of [1, 2, 3]) await register(`user${number}`, `192.0.2.${number}`);

    await assert.rejects(register('user4', '198.51.100.4'), { code: 'RATE_LIMITED' });
    await register('local', undefined);
    clock.advance(60 * 60 * 1000);
    await register('user4', '198.51.100.4');
  });

  const rejected: readonly [title: string, over: object, field: string][] = [
    ['a name of 2 characters', { username: 'al' }, 'username'],
    ['a name of 21 characters', { username: 'a'.repeat(21) }, 'username'],
    ['a name with a blank in it', { username: 'al ice' }, 'username'],
    ['a name with markup', { username: '<alice>' }, 'username'],
    ['a password of 7 characters', { password: 'x'.repeat(7) }, 'password'],
    ['a password of 129 characters', { password: 'x'.repeat(129) }, 'password'],
  ];
  for (const [title, over, field] of rejected) {
    test(`rejects ${title}`, async () => {
      const { chat } = new ChatHarness();

      await assert.rejects(chat.accounts.register(attempt(over)), (error: unknown) => {
        assert.equal((error as { code: string }).code, 'VALIDATION_ERROR');
        assert.equal((error as { details: { field: string } }).details.field, field);
        return true;
      });
    });
  }

  const lookReserved = ['adrnin', 'supp0rt', 'parIey-support', 'root_', 'rn0derator'];
  for (const username of [
    'everyone',
    'Here',
    'SYSTEM',
    '__proto__',
    'constructor',
    'null',
    ...lookReserved,
  ]) {
    test(`rejects the reserved name ${username}`, async () => {
      const { chat } = new ChatHarness();

      await assert.rejects(chat.accounts.register(attempt({ username })), {
        code: 'VALIDATION_ERROR',
        details: { field: 'username', message: 'This username is reserved' },
      });
    });
  }

  for (const over of [
    { username: 'ali' },
    { username: 'a'.repeat(20) },
    { password: 'xyzzyxyz' },
    { password: 'x'.repeat(128) },
    { password: '👋'.repeat(128) },
  ]) {
    test(`accepts ${JSON.stringify(over).slice(0, 40)} at the limit`, async () => {
      const { chat } = new ChatHarness();

      await chat.accounts.register(attempt(over));
    });
  }

  test('accepts a password however its characters are composed', async () => {
    const { chat } = new ChatHarness();
    await chat.accounts.register(attempt({ password: 'passwo\u0301rd' }));

    await chat.accounts.verify(attempt({ password: 'passw\u00f3rd' }));
  });

  test('is rejected when it is closed', async () => {
    const { chat } = new ChatHarness({ settings: { registration: 'closed' } });

    await assert.rejects(chat.accounts.register(attempt()), { code: 'FORBIDDEN' });
  });

  test('is limited per network, but not if all clients share one address', async () => {
    const { chat } = new ChatHarness();
    const register = (index: number, address: string | undefined) =>
      chat.accounts.register(attempt({ username: `user-${index}`, address }));
    for (let index = 0; index < 30; index += 1) await register(index, '192.0.2.1');

    await assert.rejects(register(30, '192.0.2.1'), { code: 'RATE_LIMITED' });
    await register(31, '192.0.2.2');
    for (let index = 100; index < 130; index += 1) await register(index, `2001:db8::${index}`);
    await assert.rejects(register(130, '2001:db8::1:2'), { code: 'RATE_LIMITED' });
    for (let index = 40; index < 80; index += 1) await register(index, undefined);
  });
});

describe('login', () => {
  test('gives the same error for a wrong password and an unknown name', async () => {
    const { chat } = new ChatHarness();
    await chat.accounts.register(attempt());
    const rejection = { code: 'UNAUTHENTICATED', message: 'Invalid credentials' };

    await assert.rejects(chat.accounts.verify(attempt({ password: 'wrong password' })), rejection);
    await assert.rejects(chat.accounts.verify(attempt({ username: 'nobody' })), rejection);
    await assert.rejects(chat.accounts.verify(attempt({ password: '' })), rejection);
    await assert.rejects(chat.accounts.verify(attempt({ username: '' })), rejection);
  });

  test('rejects an unknown name again after a hash could not be made', async () => {
    const failures = [new Error('out of memory')];
    const hash = async (password: string): Promise<string> => {
      const failure = failures.pop();
      if (failure !== undefined) throw failure;
      return plainHash.hash(password);
    };
    const { chat } = new ChatHarness({ passwords: { ...plainHash, hash } });
    const unknown = () => chat.accounts.verify(attempt({ username: 'nobody' }));

    await assert.rejects(unknown(), { message: 'out of memory' });
    await assert.rejects(unknown(), { code: 'UNAUTHENTICATED' });
  });

  test('makes each attempt after a wrong password wait longer, even with the right one', async () => {
    const { chat, clock } = new ChatHarness();
    await chat.accounts.register(attempt());
    await guess(chat, 5);

    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      await assert.rejects(chat.accounts.verify(attempt()), {
        code: 'RATE_LIMITED',
        details: { retryAfterSeconds: seconds },
      });
      clock.advance(seconds * 1000);
      await guess(chat, 1);
    }
    clock.advance(900_000);
    await chat.accounts.verify(attempt());
  });

  test('counts by account and network: another network is not locked out', async () => {
    const { chat } = new ChatHarness();
    await chat.accounts.register(attempt());
    for (let tries = 0; tries < 11; tries += 1) {
      await assert.rejects(chat.accounts.verify(attempt({ password: 'wrong' })));
    }

    await chat.accounts.verify(attempt({ address: '192.0.2.2' }));
  });

  test('counts all addresses of an IPv6 network as one', async () => {
    const { chat } = new ChatHarness();
    await chat.accounts.register(attempt());
    const outcomes: string[] = [];
    for (let host = 1; host <= 60; host += 1) {
      const address = `2001:db8:0:7::${host.toString(16)}`;
      const wrong = attempt({ password: 'wrong', address });
      outcomes.push(await chat.accounts.verify(wrong).catch(({ code }) => code));
    }

    assert.equal(outcomes.filter((code) => code === 'UNAUTHENTICATED').length, 5);
    await chat.accounts.verify(attempt({ address: '2001:db8:0:8::1' }));
  });

  test('slows down guesses from many networks, but not users with sessions from their networks', async () => {
    const { chat } = new ChatHarness();
    const owner = await chat.accounts.register(attempt());
    const known = await chat.accounts.verify(attempt({ address: '2001:db8:0:1::1' }));
    await chat.sessions.start(known, { address: '2001:db8:0:1::1', userAgent: 'test' });

    const outcomes: string[] = [];
    for (let network = 1; network <= 60; network += 1) {
      const wrong = attempt({ password: 'wrong', address: `198.51.100.${network}` });
      outcomes.push(await chat.accounts.verify(wrong).catch(({ code }) => code));
    }

    assert.equal(outcomes.filter((code) => code === 'UNAUTHENTICATED').length, 49);
    await assert.rejects(chat.accounts.verify(attempt({ address: '203.0.113.1' })), {
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 1 },
    });
    const again = await chat.accounts.verify(attempt({ address: '2001:db8:0:1::2' }));
    assert.deepEqual(again.user, owner);
  });

  test('resets the count after the right password', async () => {
    const { chat } = new ChatHarness();
    await chat.accounts.register(attempt());
    for (let round = 0; round < 3; round += 1) {
      await guess(chat, 4);
      await chat.accounts.verify(attempt());
    }
  });

  test('limits one network over all accounts, then reads and writes nothing', async () => {
    const { chat, store } = new ChatHarness();
    for (let index = 0; index < 100; index += 1) {
      await assert.rejects(chat.accounts.verify(attempt({ username: `user-${index}` })), {
        code: 'UNAUTHENTICATED',
      });
    }

    store.accounts.findCredentials = () => assert.fail('The account was looked at');
    for (let index = 100; index < 2000; index += 1) {
      await assert.rejects(chat.accounts.verify(attempt({ username: `user-${index}` })), {
        code: 'RATE_LIMITED',
      });
    }
    const waitMs = 24 * 60 * 60 * 1000;
    // One row for the network; for each account one row, and one with the network.
    assert.equal(await store.accounts.deleteOldAttempts(NOON_MS + waitMs), 201);
  });
});
