/** Neither the answer nor the time of a login reveals whether an account exists. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { argon2PasswordHash } from '../../packages/server/src/system/argon2-password-hash.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';

const KNOWN = 8;
/** Below any limit of guesses for one account. */
const ATTEMPTS_EACH = 2;
/** Without the comparison with a hash, an unknown name is answered tens of times faster. */
const RATIO_MAX = 3;

describe('a login', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({}, undefined, argon2PasswordHash);
    for (let index = 0; index < KNOWN; index += 1) await server.register(`known-${index}`);
  });
  after(() => server.close());

  const attempt = async (username: string) => {
    const beganMs = performance.now();
    const answer = await server.post('/login', { username, password: 'not the password' });
    const body = await answer.text();
    const headers = [...answer.headers].filter(([name]) => name !== 'date');
    return { tookMs: performance.now() - beganMs, seen: { status: answer.status, headers, body } };
  };

  test('gets the same answer with a known and with an unknown name', async () => {
    const known = await attempt('known-0');
    for (const username of ['unknown', 'x', 'a'.repeat(300), 'no such name', '']) {
      assert.deepEqual((await attempt(username)).seen, known.seen, username);
    }
    assert.equal(known.seen.status, 401);
  });

  test('takes as long with a known as with an unknown name', async () => {
    await attempt('warm-up');
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < ATTEMPTS_EACH; round += 1) {
      for (let index = 1; index < KNOWN; index += 1) {
        // Alternating, so that a busy machine delays both equally.
        times.known.push((await attempt(`known-${index}`)).tookMs);
        times.unknown.push((await attempt(`unknown-${round}-${index}`)).tookMs);
      }
    }
    const ratio = median(times.known) / median(times.unknown);
    assert.ok(ratio < RATIO_MAX && ratio > 1 / RATIO_MAX, `${ratio}: ${JSON.stringify(times)}`);
  });
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
