/** Slow readers of exports end, and hold no places for others to wait for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Identity } from '../../../src/model/identity.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

const PIECE = new Uint8Array(64 * 1024);
const PLACES = 8;

async function open() {
  const on = new ChatHarness();
  const ended: string[] = [];
  const identityOf = async (name: string): Promise<Identity> => {
    const { token } = await on.startSession(await on.userOf(name));
    const identity = await on.chat.sessions.authenticate(token);
    assert(identity !== undefined);
    return identity;
  };
  /** An archive without an end. */
  async function* pack() {
    for (;;) yield PIECE;
  }
  const begin = async (name: string, network = name) =>
    on.chat.accountExport.begin(await identityOf(name), {
      ...{ network, pack, end: () => ended.push(name) },
    });
  return { on, begin, ended };
}

describe('clients that read exports', () => {
  test('are ended below 16 KiB a second, also if they never read', async () => {
    const { on, begin, ended } = await open();
    const [slow, fast] = [await begin('slow'), await begin('fast')];
    await begin('silent');
    await slow.next();
    await fast.next();
    for (let seconds = 0; seconds < 60; seconds += 5) {
      await fast.next();
      await fast.next();
      on.clock.advance(5000);
    }

    assert.deepEqual(ended.sort(), ['silent', 'slow']);
    assert.equal((await slow.next()).done, true);
    assert.equal((await fast.next()).done, false);
    await begin('slow');
    await fast.return(undefined);
    await begin('fast');
    await on.chat.close();
  });

  test('have one export each, and give way while others wait', async () => {
    const { on, begin, ended } = await open();
    const first = await begin('user0', 'elsewhere');
    await assert.rejects(begin('user0'), { code: 'CONFLICT' });
    for (let index = 1; index < PLACES; index += 1) await begin(`user${index}`, 'network');
    await assert.rejects(begin('other', 'network'), { code: 'RATE_LIMITED' });
    on.clock.advance(3000);

    await begin('honest', 'third');
    assert.equal(ended.length, 1);
    assert.notEqual(ended[0], 'user0');
    // Those whose shares are as large keep their places if they read.
    for (let index = PLACES; index < 2 * PLACES - 3; index += 1)
      await begin(`u${index}`, `${index}`);
    assert.equal(ended.length, 6);
    await first.next();
    for (let pieces = 0; pieces < 10; pieces += 1) await first.next();
    await begin('last', 'last');
    assert.equal(ended.length, 7);
    assert.ok(!ended.includes('user0'));
    await on.chat.close();
  });
});
