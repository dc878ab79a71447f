/** Links that let people in: what they open, for whom, and until when. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface NewInvite {
  readonly id: string;
  readonly token: string;
  readonly url: string;
  readonly uses: number | null;
  readonly expiresAt: string;
}
interface Room {
  readonly id: string;
  readonly name: string;
}

interface Answered {
  readonly rooms?: Room[];
  readonly error?: { readonly code: string };
}

const DAY_MS = 24 * 60 * 60 * 1000;

describe('invites', () => {
  const DATA_DIR = temporaryDirectory();
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await TestServer.start({ DATA_DIR, REGISTRATION: 'open' });
  });
  after(() => server.close());

  const newName = (): string => {
    count += 1;
    return `person-${count}`;
  };
  const newPerson = (): Promise<Account> => server.signUp(newName());
  const roomOf = async (who: Account, roomName: string): Promise<string> => {
    const socket = await who.connect();
    const { roomId } = await socket.joinRoom({ roomName });
    socket.close();
    return roomId;
  };
  const invite = async (by: Account, body: object): Promise<NewInvite> =>
    (await by.must<{ invite: NewInvite }>('POST', '/api/invites', body)).invite;
  const statusOf = async (by: Account, body: object): Promise<number> =>
    (await by.call('POST', '/api/invites', body)).status;
  const accept = async (who: Account, token: string) => {
    const answer = await who.call('POST', '/api/invites/accept', { token });
    const { rooms, error } = (await answer.json()) as Answered;
    return { status: answer.status, code: error?.code, names: rooms?.map(({ name }) => name) };
  };
  const register = async (token: string | undefined, to = server, username = newName()) => {
    const body = {
      username,
      password: PASSWORD,
      ...(token === undefined ? {} : { invite: token }),
    };
    const answer = await to.post('/register', body);
    const { rooms, error } = (await answer.json()) as Answered;
    return {
      status: answer.status,
      code: error?.code,
      username,
      names: rooms?.map(({ name }) => name),
    };
  };
  const membersOf = async (by: Account, roomId: string, q: string): Promise<string[]> => {
    const path = `/api/people?roomId=${roomId}&q=${q}`;
    const { users } = await by.must<{ users: { username: string; isMember?: boolean }[] }>(
      'GET',
      path,
    );
    return users.filter(({ isMember }) => isMember === true).map(({ username }) => username);
  };

  test('make newcomers members of their rooms, with the registration', async () => {
    const alice = await newPerson();
    const [one, other] = [await roomOf(alice, 'garden'), await roomOf(alice, 'kitchen')];

    const made = await invite(alice, { roomIds: [one, other, one] });
    const bob = await register(made.token);

    assert.equal(made.url, `${server.url}/app/invite/${made.token}`);
    assert.ok(made.token.length >= 22);
    assert.equal(made.uses, null);
    const days = (Date.parse(made.expiresAt) - Date.now()) / DAY_MS;
    assert.ok(days > 6.9 && days <= 7);
    assert.deepEqual([bob.status, bob.names], [201, ['garden', 'kitchen']]);
    for (const roomId of [one, other]) {
      assert.deepEqual(await membersOf(alice, roomId, bob.username), [bob.username]);
    }
  });

  test('make users members who have an account, and count each once', async () => {
    const [alice, bob, carol] = [await newPerson(), await newPerson(), await newPerson()];
    const roomIds = [await roomOf(alice, 'attic')];
    const { token } = await invite(alice, { roomIds, uses: 1 });

    assert.deepEqual(await accept(alice, token), {
      status: 200,
      code: undefined,
      names: ['attic'],
    });
    for (const _ of [1, 2]) assert.deepEqual((await accept(bob, token)).names, ['attic']);

    assert.deepEqual(await accept(carol, token), {
      status: 404,
      code: 'NOT_FOUND',
      names: undefined,
    });
    assert.equal((await register(token)).code, 'FORBIDDEN');
    const { invites } = await alice.must<{ invites: { useCount: number; token?: string }[] }>(
      'GET',
      '/api/invites',
    );
    assert.deepEqual(
      invites.map(({ useCount, token: shown }) => [useCount, shown]),
      [[1, undefined]],
    );
  });

  test('name their creator in a room that strangers cannot join', async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    const socket = await alice.connect();
    for (const visibility of ['private', 'public']) {
      const { room } = await alice.must<{ room: Room }>('POST', '/api/rooms', {
        ...{ name: newName(), visibility },
      });
      await socket.joinRoom({ roomId: room.id });
      const { token } = await invite(alice, { roomIds: [room.id] });
      assert.equal((await accept(bob, token)).status, 200);
      const { actorId } = await socket.next('membership_changed');
      assert.equal(actorId, visibility === 'private' ? alice.userId : bob.userId);
    }
    socket.close();
  });

  test('to archived rooms are not made, count nobody, and let in only to the others', async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    const ids: string[] = [];
    for (const name of ['former', 'current']) {
      const about = { name, visibility: 'public' };
      const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', about);
      ids.push(room.id);
    }
    const [former = '', current = ''] = ids;
    const only = await invite(alice, { roomIds: [former], uses: 1 });
    const both = await invite(alice, { roomIds: [former, current], uses: 2 });
    await alice.must('POST', `/api/rooms/${former}/archive`);

    const refused = await bob.call('POST', '/api/invites/accept', { token: only.token });
    const { error } = (await refused.json()) as { error: object };
    assert.deepEqual(
      [refused.status, error],
      [403, { code: 'FORBIDDEN', message: 'This room is archived' }],
    );
    assert.equal((await register(only.token)).code, 'FORBIDDEN');
    assert.equal(await statusOf(alice, { roomIds: [former] }), 403);
    assert.equal(await statusOf(alice, { roomIds: [current, former] }), 403);
    assert.deepEqual((await accept(bob, both.token)).names, ['current']);
    assert.deepEqual((await accept(alice, only.token)).names, ['former']);
    const { invites } = await alice.must<{ invites: { useCount: number }[] }>(
      'GET',
      '/api/invites',
    );
    assert.deepEqual(
      invites.map(({ useCount }) => useCount),
      [1, 0],
    );

    await alice.must('POST', `/api/rooms/${former}/unarchive`);
    assert.deepEqual((await accept(bob, only.token)).names, ['former']);
  });

  test('tell a user who registers again, because the answer was lost, to log in', async () => {
    const alice = await newPerson();
    const { token } = await invite(alice, { roomIds: [await roomOf(alice, 'once')], uses: 1 });
    const { username } = await register(token);
    const again = await register(token, server, username);
    assert.deepEqual([again.status, again.code], [409, 'CONFLICT']);
    // Of others, the holder of the link learns nothing.
    for (const other of [alice.username, newName()]) {
      const answer = await register(token, server, other);
      assert.deepEqual([answer.status, answer.code], [403, 'FORBIDDEN'], other);
    }
  });

  test('let in no more users than they have uses when many come at once', async () => {
    const alice = await newPerson();
    const roomIds = [await roomOf(alice, 'cellar')];
    const { token } = await invite(alice, { roomIds, uses: 2 });
    const people = await Promise.all([newPerson(), newPerson(), newPerson()]);

    const answers = await Promise.all([
      ...people.map((each) => accept(each, token)),
      ...[1, 2, 3].map(() => register(token)),
    ]);

    const statuses = answers.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status < 300).length, 2);
    assert.ok(statuses.every((status) => [200, 201, 403, 404].includes(status)));
    const names = answers.flatMap((answer) => ('username' in answer ? [answer.username] : []));
    const logins = await Promise.all(
      names.map((username) => server.post('/login', { username, password: PASSWORD })),
    );
    const registered = statuses.filter((status) => status === 201).length;
    assert.equal(logins.filter(({ ok }) => ok).length, registered);
  });

  test('let in nobody when they are revoked, and belong to their creators', async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    const { id, token } = await invite(alice, { roomIds: [await roomOf(alice, 'roof')] });

    assert.equal((await bob.call('DELETE', `/api/invites/${id}`)).status, 404);
    assert.deepEqual(await bob.must('GET', '/api/invites'), { invites: [], hasMore: false });
    await alice.must('DELETE', `/api/invites/${id}`);

    assert.equal((await accept(bob, token)).code, 'NOT_FOUND');
    assert.equal((await register(token)).code, 'FORBIDDEN');
  });

  test('open rooms only while their creator may let others in', async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    const roomId = await roomOf(alice, 'shed');
    const kept = await roomOf(alice, 'barn');
    const { token } = await invite(alice, { roomIds: [roomId] });
    const both = await invite(alice, { roomIds: [roomId, kept] });

    await alice.must('DELETE', `/api/rooms/${roomId}/members/me`);

    assert.equal((await accept(bob, token)).code, 'NOT_FOUND');
    assert.equal((await register(token)).code, 'FORBIDDEN');
    assert.deepEqual((await accept(bob, both.token)).names, ['barn']);
    assert.equal(await statusOf(alice, { roomIds: [roomId] }), 403);
  });

  test('of a disabled account let in nobody', async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    const { token } = await invite(alice, { roomIds: [await roomOf(alice, 'loft')] });
    const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
    database.exec(`UPDATE users SET disabled_at = 1 WHERE username = '${alice.username}'`);
    database.close();

    assert.equal((await accept(bob, token)).code, 'NOT_FOUND');
    assert.equal((await register(token)).code, 'FORBIDDEN');
  });

  test('open no direct room, no unknown room and no group of others', async () => {
    const [alice, bob, carol] = [await newPerson(), await newPerson(), await newPerson()];
    const socket = await alice.connect();
    const direct = await alice.must<{ message: { conversationId: string } }>(
      'POST',
      '/api/messages',
      { recipientId: bob.userId, content: 'hi' },
    );
    const group = await socket.ask(
      'create_group',
      { userIds: [bob.userId], name: 'Trip' },
      'group_created',
    );
    socket.close();

    assert.equal(await statusOf(alice, { roomIds: [direct.message.conversationId] }), 403);
    assert.equal(await statusOf(carol, { roomIds: [group.roomId] }), 404);
    assert.equal(await statusOf(alice, { roomIds: ['no-such-room'] }), 404);
    const { token } = await invite(bob, { roomIds: [group.roomId] });
    assert.deepEqual((await accept(carol, token)).names, ['Trip']);
    assert.deepEqual(await membersOf(alice, group.roomId, carol.username), [carol.username]);
  });

  test('open a workspace and its channels for those whom its admins invite', async () => {
    const [alice, bob, carol] = [await newPerson(), await newPerson(), await newPerson()];
    const { workspace } = await alice.must<{ workspace: Room }>('POST', '/api/workspaces', {
      name: 'School',
    });
    const path = `/api/workspaces/${workspace.id}`;
    const { channel } = await alice.must<{ channel: Room }>('POST', `${path}/channels`, {
      name: 'maths',
    });
    await alice.must('POST', `${path}/members`, { username: bob.username, role: 'member' });

    assert.equal(await statusOf(bob, { workspaceId: workspace.id }), 403);
    assert.equal(await statusOf(bob, { roomIds: [channel.id] }), 403);
    assert.equal(await statusOf(carol, { workspaceId: workspace.id }), 404);
    const toChannel = await invite(alice, { roomIds: [channel.id] });
    const toWorkspace = await invite(alice, { workspaceId: workspace.id });

    assert.deepEqual((await accept(carol, toChannel.token)).names, ['maths']);
    const dora = await register(toWorkspace.token);
    const { members } = await alice.must<{ members: { username: string; role: string }[] }>(
      'GET',
      `${path}/members`,
    );
    assert.deepEqual(
      members.map(({ username, role }) => `${username} ${role}`).sort(),
      [
        `${alice.username} owner`,
        ...[bob, carol, dora].map(({ username }) => `${username} member`),
      ].sort(),
    );
    // The role of a member stays.
    await accept(alice, toWorkspace.token);
    assert.equal(await statusOf(alice, { workspaceId: workspace.id }), 201);
  });

  test('let in no user who is banned', async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    const roomId = await roomOf(alice, 'pond');
    await roomOf(bob, 'pond');
    const { token } = await invite(alice, { roomIds: [roomId] });

    await alice.must('PUT', `/api/rooms/${roomId}/bans/${bob.userId}`);

    assert.equal((await accept(bob, token)).code, 'FORBIDDEN');
    assert.deepEqual(await membersOf(alice, roomId, bob.username), []);
  });

  test('have limits of time, number and role', async () => {
    const alice = await newPerson();
    const at = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
    const invalid = [
      { expiresAt: at(-1) },
      { expiresAt: at(367) },
      { expiresAt: 'tomorrow' },
      { uses: 0 },
      { uses: 1.5 },
      { role: 'admin' },
      { roomIds: 'all' },
    ];

    for (const body of invalid) {
      assert.equal(await statusOf(alice, body), 400, JSON.stringify(body));
    }
    const { expiresAt } = await invite(alice, { expiresAt: at(366), role: 'member' });
    assert.ok(Date.parse(expiresAt) > Date.now() + 365 * DAY_MS);
  });

  test('cannot be guessed: wrong tokens have to wait, as wrong passwords do', async () => {
    const bob = await newPerson();

    const codes: (string | undefined)[] = [];
    while (codes.at(-1) !== 'RATE_LIMITED' && codes.length < 20) {
      codes.push((await accept(bob, `x${codes.length}`)).code);
    }

    assert.deepEqual(codes.slice(0, 5), Array<string>(5).fill('NOT_FOUND'));
    assert.equal(codes.at(-1), 'RATE_LIMITED');
  });

  test('are listed in pages', async () => {
    const alice = await newPerson();
    for (const _ of [1, 2, 3]) await invite(alice, {});
    interface Page {
      readonly invites: { readonly id: string }[];
      readonly hasMore: boolean;
      readonly next?: string;
    }

    const first = await alice.must<Page>('GET', '/api/invites?limit=2');
    const after = encodeURIComponent(first.next ?? '');
    const rest = await alice.must<Page>('GET', `/api/invites?after=${after}`);

    assert.deepEqual([first.invites.length, first.hasMore], [2, true]);
    assert.deepEqual([rest.invites.length, rest.hasMore], [1, false]);
    assert.equal(new Set([...first.invites, ...rest.invites].map(({ id }) => id)).size, 3);
  });
});

describe('the links of all users', () => {
  test('are for owners and admins, who may also revoke them', async () => {
    const server = await TestServer.start({ FIRST_ACCOUNT: 'owner' });
    try {
      const owner = await server.signUp('owner1');
      const bob = await server.signUp('bob');
      const { invite } = await bob.must<{ invite: NewInvite }>('POST', '/api/invites', {});

      const refused = await bob.call('GET', '/api/invites?scope=all');
      const wrong = await owner.call('GET', '/api/invites?scope=some');
      const { invites } = await owner.must<{
        invites: { id: string; creator: { username: string } }[];
      }>('GET', '/api/invites?scope=all');

      assert.deepEqual([refused.status, wrong.status], [403, 400]);
      assert.deepEqual(
        invites.map(({ id, creator }) => [id, creator.username]),
        [[invite.id, 'bob']],
      );
      await owner.must('DELETE', `/api/invites/${invite.id}`);
      const body = { username: 'carol', password: PASSWORD, invite: invite.token };
      assert.equal((await server.post('/register', body)).status, 403);
    } finally {
      await server.close();
    }
  });
});

describe('registration', () => {
  const register = async (server: TestServer, username: string, invite?: string) => {
    const body = { username, password: PASSWORD, ...(invite === undefined ? {} : { invite }) };
    return (await server.post('/register', body)).status;
  };
  /** Creates the first account, and a link of it, while registration is open. */
  const prepared = async (settings: Record<string, string>) => {
    const open = await TestServer.start(settings);
    const alice = await open.signUp('alice');
    const { invite } = await alice.must<{ invite: NewInvite }>('POST', '/api/invites', {});
    await open.close();
    return invite.token;
  };

  test('needs an invite if it is only for invited users', async () => {
    const settings = { DATA_DIR: temporaryDirectory() };
    const token = await prepared(settings);
    const server = await TestServer.start({ ...settings, REGISTRATION: 'invited' });
    try {
      const answer = await fetch(`${server.url}/api/auth/session`);
      assert.deepEqual(await answer.json(), {
        user: null,
        registration: 'invited',
        sendsMail: false,
        passkeySite: 'localhost',
        emailDomains: [],
        server: { name: null, logoUrl: null },
        passwordSignIn: true,
        providers: [],
      });
      assert.equal(await register(server, 'bob'), 403);
      assert.equal(await register(server, 'bob', 'wrong'), 403);
      assert.equal(await register(server, 'bob', token), 201);
    } finally {
      await server.close();
    }
  });

  test('is closed also for those with an invite', async () => {
    const settings = { DATA_DIR: temporaryDirectory() };
    const token = await prepared(settings);
    const server = await TestServer.start({ ...settings, REGISTRATION: 'closed' });
    try {
      assert.equal(await register(server, 'bob', token), 403);
    } finally {
      await server.close();
    }
  });
});
