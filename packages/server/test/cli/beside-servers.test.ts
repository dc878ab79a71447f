/** Commands beside servers that have several processes, or keep their data in PostgreSQL. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { Account, PASSWORD, post } from '../support/account.ts';
import { endAll, run, runAlone, started } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';
import { until } from '../support/wait.ts';

const SERVERS = [
  {
    name: 'two workers',
    skip: false,
    open: async () => ({ settings: { WORKERS: '2' }, close: async () => {} }),
  },
  {
    name: 'PostgreSQL',
    skip: postgresSkip(),
    open: async () => {
      const databases = await TestDatabases.open();
      const DATABASE_URL = await databases.create();
      const settings = { DATABASE_URL, DURABILITY: 'relaxed' };
      return { settings, close: () => databases.close() };
    },
  },
];

for (const { name, skip, open } of SERVERS) {
  describe(`commands beside a server with ${name}`, { skip }, () => {
    let settings: Readonly<Record<string, string>>;
    let url: string;
    let ownerUrl: string | undefined;
    let close: () => Promise<void>;
    before(async () => {
      const store = await open();
      settings = { DATA_DIR: temporaryDirectory(), ...store.settings };
      const reachable = { ...settings, HOST: '0.0.0.0', FIRST_ACCOUNT: 'owner' };
      ({ url, ownerUrl } = await started(reachable));
      ({ close } = store);
    });
    after(async () => {
      await endAll();
      await close();
    });

    const register = async (username: string, invite?: string) => {
      const body = { username, password: PASSWORD, ...(invite === undefined ? {} : { invite }) };
      return (await post(`${url}/register`, body)).status;
    };

    // First: there is no account yet.
    test('the first account becomes the owner, with the link', async () => {
      const [, token = ''] = /\/app\/invite\/([\w-]{43})$/.exec(ownerUrl ?? '') ?? [];
      assert.equal(ownerUrl, `${url}/app/invite/${token}`);

      assert.equal(await register('mallory'), 403);
      const statuses = await Promise.all(['alice', 'bob'].map((each) => register(each, token)));

      assert.deepEqual(statuses.sort(), [201, 403]);
      assert.equal(await register('mallory', token), 403);
      const { stdout } = await run(['users', 'list', '--json'], settings);
      const { users } = JSON.parse(stdout) as { users: { role: string }[] };
      assert.deepEqual(
        users.map(({ role }) => role),
        ['owner'],
      );
    });

    test('add users, and end the sessions and connections of one at a reset', async () => {
      const added = await runAlone(['users', 'add', 'carol'], settings);

      assert.deepEqual([added.code, added.stderr], [0, 'The account carol was created.\n']);
      assert.match(added.stdout, /^[\w-]{20}\n$/);
      const first = added.stdout.trim();
      const carol = await Account.logIn(url, 'carol', first);
      const sockets = [await carol.connect(), await carol.connect()];
      const dan = await signUp('dan');

      const reset = await runAlone(['users', 'reset', 'Carol'], settings);

      const line = 'The password of Carol was changed. Sessions ended: 1.\n';
      assert.deepEqual([reset.code, reset.stderr], [0, line]);
      assert.equal((await carol.call('GET', '/api/auth/me')).status, 401);
      for (const socket of sockets) assert.equal((await socket.closed).code, 4001);
      const logIn = async (password: string) =>
        (await post(`${url}/login`, { username: 'carol', password })).status;
      assert.deepEqual([await logIn(first), await logIn(reset.stdout.trim())], [401, 200]);
      assert.equal((await dan.call('GET', '/api/auth/me')).status, 200);
    });

    const signUp = async (username: string): Promise<Account> => {
      const invite = await run(['invites', 'create', '--json'], settings);
      const created = JSON.parse(invite.stdout) as { invite: { token: string } };
      assert.equal(await register(username, created.invite.token), 201);
      return Account.logIn(url, username);
    };

    test('disable and delete accounts, and their messages', async () => {
      const erin = await signUp('erin');
      const frank = await signUp('frank');
      const [gone, socket, reader] = [
        await erin.connect(),
        await frank.connect(),
        await frank.connect(),
      ];
      const { roomId } = await gone.joinRoom({ roomName: 'of-erin' });
      await gone.sendMessage({ roomId, content: 'goes' });

      const role = await run(['users', 'role', 'frank', 'guest'], settings);
      const { stdout } = await run(['users', 'sessions', 'erin', '--json'], settings);
      const disabled = await run(['users', 'disable', 'erin'], settings);
      const enabled = await run(['users', 'enable', 'erin'], settings);
      const deleted = await run(['users', 'delete', 'erin', '--messages', 'delete'], settings);

      assert.equal((JSON.parse(stdout) as { sessions: object[] }).sessions.length, 1);
      const done = [role, disabled, enabled, deleted];
      assert.deepEqual(
        done.map(({ stderr }) => stderr),
        [
          'The role of frank is guest.\n',
          'The account erin is disabled. Sessions ended: 1.\n',
          'The account erin is enabled.\n',
          'The account erin is deleted. Sessions ended: 0.\n',
        ],
      );
      assert.equal((await gone.closed).code, 4001);
      // Open connections have the role as soon as their server has heard of it.
      for (const [index, each] of [socket, reader].entries()) {
        let count = 0;
        await until(async () => {
          count += 1;
          const answer = await each.ask('create_room', { name: `of-frank-${index}-${count}` });
          return 'code' in answer && answer.code === 'FORBIDDEN';
        }, 'the role');
        each.terminate();
      }
      const listed = await run(['users', 'list'], settings);
      assert.match(listed.stdout, /^frank +guest /m);
      assert.doesNotMatch(listed.stdout, /erin/);
    });

    test('archive, hand over and delete a room, which clients see', async () => {
      const [grace, heidi] = [await signUp('grace'), await signUp('heidi')];
      const sockets = [await grace.connect(), await heidi.connect(), await heidi.connect()];
      const [{ roomId } = { roomId: '' }] = await Promise.all(
        sockets.slice(0, 1).map((socket) => socket.joinRoom({ roomName: 'Board' })),
      );
      for (const socket of sockets.slice(1)) await socket.joinRoom({ roomId });

      await run(['rooms', 'archive', 'board'], settings);
      for (const socket of sockets) {
        assert.equal((await socket.next('room_changed')).archived, true);
      }
      await run(['rooms', 'unarchive', roomId], settings);
      const given = await run(['rooms', 'owner', 'board', 'heidi'], settings);
      const listed = await run(['rooms', 'list'], settings);
      await run(['rooms', 'delete', roomId], settings);

      assert.equal(given.stderr, 'The owner of the room Board is heidi.\n');
      const line = `${roomId}  Board  room  public  members: 2  owner: heidi\n`;
      assert.ok(listed.stdout.includes(line), listed.stdout);
      for (const socket of sockets) {
        const { reason, ...left } = await socket.next('room_left');
        assert.deepEqual([left.roomId, reason], [roomId, 'deleted']);
      }
      const audit = await run(['audit', '--actor', 'operator', '--json'], settings);
      const { entries } = JSON.parse(audit.stdout) as { entries: { action: string }[] };
      assert.deepEqual(
        entries.slice(0, 4).map(({ action }) => action),
        ['room.delete', 'member.role', 'room.unarchive', 'room.archive'],
      );
    });

    test('list and revoke links', async () => {
      const created = await run(['invites', 'create', '--json'], settings);
      const { invite } = JSON.parse(created.stdout) as { invite: { id: string; token: string } };
      const listed = await run(['invites', 'list'], settings);
      const revoked = await run(['invites', 'revoke', invite.id], settings);

      assert.match(listed.stdout, new RegExp(`^${invite.id}  \\w+  member  used 0/-  until 2`));
      assert.equal(revoked.stderr, `The link ${invite.id} is revoked.\n`);
      assert.equal(await register('mallory', invite.token), 403);
    });

    test('import a history, which the server does, and later only what is new', async () => {
      const import_ = async (count: number) =>
        (await run(['import', 'slack', slackFile(count)], settings)).stderr;

      const [first, second] = [await import_(1), await import_(3)];

      assert.ok(first.includes('The server imports it'), first);
      assert.match(first, /^Imported 1 people \(0 were here\), 1 messages \(0 were here\) in 1 /m);
      assert.match(second, /^Imported 0 people \(1 were here\), 2 messages \(1 were here\) in 1 /m);
      const ivan = await signUp('ivan');
      const socket = await ivan.connect();
      const { roomId } = await socket.joinRoom({ roomName: 'general' });
      const path = `/api/rooms/${roomId}/messages`;
      const { messages } = await ivan.must<{ messages: { content: string }[] }>('GET', path);
      assert.deepEqual(
        messages.map(({ content }) => content),
        ['message 0', 'message 1', 'message 2'],
      );
    });
  });
}

/** @param count Messages of its room. */
function slackFile(count: number): string {
  const path = join(temporaryDirectory(), 'slack.zip');
  const messages = Array.from({ length: count }, (_, index) => ({
    ...{ type: 'message', user: 'U1', text: `message ${index}`, ts: `${1_700_000_000 + index}.0` },
  }));
  const lists = {
    'users.json': [{ id: 'U1', team_id: 'T1', name: 'ana', profile: {} }],
    'channels.json': [{ id: 'C1', name: 'general', creator: 'U1', members: ['U1'] }],
    'general/2023-11-14.json': messages,
  };
  const entries = Object.entries(lists).map(([name, list]) => [
    name,
    strToU8(JSON.stringify(list)),
  ]);
  writeFileSync(path, zipSync(Object.fromEntries(entries)));
  return path;
}
