/** `GET /api/admin/audit` of a whole server, and `parley audit` beside it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { type Account, post } from '../../support/account.ts';
import { run } from '../../support/parley-command.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

interface Entry {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly actorName?: string;
  readonly action: string;
  readonly target: string;
  readonly targetName?: string;
  readonly detail?: string;
  readonly address: string;
  readonly digest: string;
}

interface Listed {
  readonly entries: readonly Entry[];
  readonly hasMore: boolean;
  readonly next?: string;
}

const PATH = '/api/admin/audit';

describe('the audit log of a server', () => {
  const DATA_DIR = temporaryDirectory();
  let server: TestServer;
  let owner: Account;
  let member: Account;
  before(async () => {
    server = await TestServer.start({ DATA_DIR });
    await server.register('olivia');
    assert.equal((await run(['users', 'role', 'olivia', 'owner'], { DATA_DIR })).code, 0);
    owner = await server.login('olivia');
    member = await server.signUp('mary');
  });
  after(() => server.close());

  const list = (query = '') => owner.must<Listed>('GET', `${PATH}${query}`);
  const parley = (...args: string[]) => run(['audit', ...args], { DATA_DIR });

  test('is for owners and admins only', async () => {
    assert.equal((await member.call('GET', PATH)).status, 403);
    assert.equal((await fetch(`${server.url}${PATH}`)).status, 401);
    const { token } = await owner.must<{ token: string }>('POST', '/api/tokens', {});
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${server.url}${PATH}`, { headers })).status, 403);
  });

  test('has what the operator did, and what owners do to others', async () => {
    await owner.must('POST', `/api/admin/users/${member.userId}/disable`);
    await owner.must('POST', `/api/admin/users/${member.userId}/enable`);
    await owner.must('PATCH', `/api/admin/users/${member.userId}`, { role: 'admin' });
    await owner.must('POST', `/api/admin/users/${member.userId}/sessions/end`);

    const { entries } = await list(`?actor=olivia`);

    const done = entries.filter(({ target }) => target === member.userId);
    assert.deepEqual(
      done.map(({ action, detail }) => [action, detail]),
      [
        ['sessions.end', undefined],
        ['user.role', 'admin'],
        ['user.enable', undefined],
        ['user.disable', undefined],
      ],
    );
    for (const entry of done) {
      assert.deepEqual([entry.actorName, entry.targetName], ['olivia', 'mary']);
      assert.match(entry.address, /^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
      assert.match(entry.at, /^\d{4}-.*Z$/);
    }
    const byOperator = (await list('?actor=operator')).entries;
    assert.deepEqual(
      byOperator.map(({ action, targetName, detail }) => [action, targetName, detail]),
      [['user.role', 'olivia', 'owner']],
    );
    assert.match(byOperator[0]?.address ?? '', /^.+@.+$/);
  });

  test('has logins that were refused to known accounts, and none of unknown names', async () => {
    const tries = ['olivia', 'stranger'];
    for (const username of tries) {
      const { status } = await post(`${server.url}/login`, { username, password: 'wrong guess' });
      assert.equal(status, 401);
    }

    await until(async () => (await list('?action=login.refuse')).entries.length > 0, 'the entry');
    const { entries } = await list('?action=login.refuse');
    assert.deepEqual(
      entries.map(({ target, actor }) => [target, actor]),
      [[owner.userId, owner.userId]],
    );
  });

  test('has links from their beginning to their use', async () => {
    const { invite } = await owner.must<{ invite: { id: string; token: string } }>(
      'POST',
      '/api/invites',
      {},
    );
    const newcomer = { username: 'nina', password: 'correct horse battery' };
    const answer = await post(`${server.url}/register`, { ...newcomer, invite: invite.token });
    assert.equal(answer.status, 201);
    await owner.must('DELETE', `/api/invites/${invite.id}`);

    const { entries } = await list();

    const ofInvite = entries.filter(({ target }) => target === invite.id);
    assert.deepEqual(
      ofInvite.map(({ action, actorName }) => [action, actorName]),
      [
        ['invite.revoke', 'olivia'],
        ['invite.use', 'nina'],
        ['invite.create', 'olivia'],
      ],
    );
    assert(!JSON.stringify(entries).includes(invite.token));
  });

  test('is read in pages, and rejects what it does not know', async () => {
    const all = (await list()).entries.map(({ id }) => id);
    const first = await list('?limit=2');
    const second = await list(`?limit=2&after=${first.next}`);

    assert.deepEqual(
      [...first.entries, ...second.entries].map(({ id }) => id),
      all.slice(0, 4),
    );
    for (const query of ['?action=dance', '?after=x', '?limit=0']) {
      assert.equal((await owner.call('GET', `${PATH}${query}`)).status, 400, query);
    }
    assert.equal((await owner.call('GET', `${PATH}?actor=stranger`)).status, 404);
  });

  test('is the same at the command line, beside the running server', async () => {
    const { entries } = await list();

    const printed = await parley('--json');

    assert.equal(printed.code, 0, printed.stderr);
    const shown = JSON.parse(printed.stdout) as Listed;
    assert.deepEqual(shown, { entries, hasMore: false });
    const roles = await parley('--actor', 'operator', '--action', 'user.role');
    assert.match(
      roles.stdout,
      /^\d+ {2}\S+Z {2}operator {2}user\.role {2}olivia owner from \S+@\S+\n$/,
    );
    const older = JSON.parse((await parley('--after', '2', '--json')).stdout) as Listed;
    assert.deepEqual(older.entries, entries.slice(-1));
    const unknown = await parley('--actor', 'stranger');
    assert.deepEqual([unknown.code, unknown.stderr], [1, 'No user has this name.\n']);
  });

  test('is verified at the command line, which names the first entry that was changed', async () => {
    const whole = await parley('--verify');
    assert.match(whole.stdout, /^The audit log is whole\. Entries: \d+\. The last is \d+, digest /);

    const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
    database.exec("UPDATE audit_entries SET detail = 'member' WHERE id = 2");
    database.close();

    const broken = await parley('--verify');
    const line = 'The audit log is not whole: entry 2: its digest does not match.\n';
    assert.deepEqual([broken.code, broken.stderr], [1, line]);
  });
});
