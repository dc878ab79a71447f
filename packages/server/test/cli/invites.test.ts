import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Account, PASSWORD, post } from '../support/account.ts';
import { run } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface ListedBody {
  readonly invites: readonly {
    readonly id: string;
    readonly creator: string;
    readonly role: string;
    readonly uses: number | null;
    readonly useCount: number;
  }[];
}

test('parley invites creates links that let people in, lists and revokes them, beside a server', async (t) => {
  const settings = { DATA_DIR: temporaryDirectory(), REGISTRATION: 'invited' };
  const server = await TestServer.start(settings);
  t.after(() => server.close());
  // As commands name it.
  const url = server.url.replace('127.0.0.1', 'localhost');
  const withAddress = { ...settings, PORT: new URL(url).port };
  const noOwner = await run(['invites', 'create'], settings);
  await run(['users', 'add', 'alice'], settings);
  const unknown = await run(['invites', 'create', '--by', 'mallory'], settings);
  await run(['users', 'role', 'alice', 'owner'], settings);
  const register = async (username: string, invite: string) =>
    (await post(`${url}/register`, { username, password: PASSWORD, invite })).status;

  const created = await run(['invites', 'create', '--uses', '1'], withAddress);
  const asGuest = ['invites', 'create', '--by', 'ALICE', '--role', 'guest', '--json'];
  const guest = await run(asGuest, withAddress);

  const line = 'The server has no owner: name another user with --by.\n';
  assert.deepEqual([noOwner.code, noOwner.stderr], [1, line]);
  assert.equal(unknown.stderr, 'No enabled user has this name.\n');
  const [, token = ''] = /\/app\/invite\/([\w-]{43})\n$/.exec(created.stdout) ?? [];
  assert.equal(created.stdout, `${url}/app/invite/${token}\n`);
  assert.match(created.stderr, /^The link [\w-]{36} is valid until 2\d{3}-.*Z\.\n$/);
  assert.deepEqual([await register('bob', token), await register('carol', token)], [201, 403]);
  const { invite } = JSON.parse(guest.stdout) as {
    invite: { id: string; token: string; url: string; uses: number | null };
  };
  assert.deepEqual([invite.url, invite.uses], [`${url}/app/invite/${invite.token}`, null]);
  assert.equal(await register('dora', invite.token), 201);
  const dora = await Account.logIn(url, 'dora');
  const me = await dora.must<{ user: { role: string } }>('GET', '/api/auth/me');
  assert.equal(me.user.role, 'guest');

  const { invites } = JSON.parse(
    (await run(['invites', 'list', '--json'], settings)).stdout,
  ) as ListedBody;
  const shown = invites.map(({ creator, role, uses, useCount }) => [
    ...[creator, role, uses, useCount],
  ]);
  assert.deepEqual(shown, [
    ['alice', 'guest', null, 1],
    ['alice', 'member', 1, 1],
  ]);
  const text = await run(['invites', 'list'], settings);
  assert.match(text.stdout, new RegExp(`^${invite.id}  alice  guest  used 1/-  until 2`));

  const revoked = await run(['invites', 'revoke', invite.id], settings);
  assert.deepEqual([revoked.code, revoked.stderr], [0, `The link ${invite.id} is revoked.\n`]);
  assert.equal(await register('erin', invite.token), 403);
  const again = await run(['invites', 'revoke', invite.id], settings);
  assert.deepEqual([again.code, again.stderr], [1, 'No link has this id.\n']);
  const { stdout } = await run(['audit', '--actor', 'operator', '--json'], settings);
  const { entries } = JSON.parse(stdout) as { entries: { action: string }[] };
  const acts = entries.map(({ action }) => action).filter((each) => each.startsWith('invite'));
  assert.deepEqual(acts, ['invite.revoke', 'invite.create', 'invite.create']);
});

test('parley invites names what is wrong', async () => {
  const settings = { DATA_DIR: temporaryDirectory() };
  for (const [args, line] of [
    [['create', '--uses', '0'], '--uses is a whole number from 1 to 1000000.'],
    [['create', '--role', 'owner'], "--role is 'member' or 'guest'."],
    [['revoke'], "'parley invites revoke' requires an id: parley invites revoke ID."],
  ] as const) {
    const { code, stderr } = await run(['invites', ...args], settings);
    assert.deepEqual([code, stderr], [1, `${line}\n`]);
  }
});
