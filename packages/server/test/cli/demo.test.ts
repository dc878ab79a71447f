/** `parley start --demo`: a server to try, with people, rooms and messages. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, test } from 'node:test';
import { Account, post } from '../support/account.ts';
import { endAll, parley, readyOf, run } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

afterEach(endAll);

describe('parley start --demo', () => {
  test('fills an empty server, names the owner, and does not do it twice', async () => {
    const settings = { DATA_DIR: temporaryDirectory(), FIRST_ACCOUNT: 'owner', PORT: '0' };
    const child = parley(['start', '--demo'], settings);
    assert(child.stderr);
    const lines = createInterface(child.stderr);
    const demo = new Promise<string>((resolve) => {
      lines.on('line', (line) => line.startsWith('Demo: ') && resolve(line));
    });
    const { url } = await readyOf(child);
    const [, username = '', others = '', password = ''] =
      /^Demo: log in as (\w+), the owner, or as ([\w, ]+)\. The password of all is (\S+)$/.exec(
        await demo,
      ) ?? [];

    const owner = await Account.logIn(url, username, password);
    const { user } = await owner.must<{ user: { role: string } }>('GET', '/api/auth/me');
    assert.equal(user.role, 'owner');
    type Rooms = { rooms: { name: string; kind: string; memberTotal: number }[] };
    const { rooms } = await owner.must<Rooms>('GET', '/api/rooms?own=true');
    const people = others.split(', ');
    const total = people.length + 1;
    assert.deepEqual(
      rooms.filter(({ kind }) => kind === 'room').map(({ memberTotal }) => memberTotal),
      Array(6).fill(total),
    );
    assert.equal(rooms.filter(({ kind }) => kind === 'direct').length, 2);
    for (const name of people) await Account.logIn(url, name, password);

    child.kill('SIGTERM');
    await once(child, 'close');
    const again = await run(['start', '--demo'], settings);
    assert.equal(again.code, 1);
    assert.match(
      again.stderr,
      /^--demo fills only a server without accounts; this one has \w+\.\n$/,
    );

    for (const open of [
      { HOST: '0.0.0.0' },
      { TRUST_PROXY: '127.0.0.1' },
      { PUBLIC_URL: 'https://chat.example.org' },
      { TRUST_PROXY: '127.0.0.1', WORKERS: '2' },
    ]) {
      const refused = await run(['start'], { ...settings, ...open });
      assert.deepEqual([refused.code, refused.stdout], [1, ''], JSON.stringify(open));
      assert.match(refused.stderr, /^The accounts of --demo have one password: .*lock-demo/m);
    }
    const locked = await run(['users', 'lock-demo'], settings);
    assert.deepEqual([locked.code, locked.stdout], [0, '']);
    assert.match(
      locked.stderr,
      new RegExp(`^These accounts have new passwords, which are not shown: .*\\b${username}\\b`),
    );
    const reached = parley(['start'], { ...settings, TRUST_PROXY: '127.0.0.1' });
    const opened = await readyOf(reached);
    for (const name of [username, ...people]) {
      const answer = await post(`${opened.url}/login`, { username: name, password });
      assert.equal(answer.status, 401, name);
    }
    assert.equal((await run(['users', 'lock-demo'], settings)).code, 1);
  });

  for (const [settings, message] of [
    [{ HOST: '0.0.0.0' }, /^--demo requires a HOST that is loopback, without/],
    [
      { PUBLIC_URL: 'https://chat.example.org' },
      /^--demo requires a HOST that is loopback, without/,
    ],
    [{ REGISTRATION: 'closed' }, /^--demo requires SESSION_STORE=own, and REGISTRATION/],
  ] as const) {
    test(`is refused with ${JSON.stringify(settings)}`, async () => {
      const { code, stderr } = await run(['start', '--demo'], { PORT: '0', ...settings });
      assert.equal(code, 1);
      assert.match(stderr, message);
    });
  }
});
