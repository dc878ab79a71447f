/** Reports of messages and users, the queue of the moderators, and what they do about them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';

interface Report {
  readonly id: string;
  readonly reason: string;
  readonly state: string;
  readonly reporter: { readonly username: string };
  readonly user: { readonly id: string };
  readonly message?: {
    readonly content: string;
    readonly roomId: string;
    readonly roomName?: string;
  };
  readonly action?: string;
  readonly closedBy?: { readonly username: string };
}
type Reported = { readonly report: { readonly id: string } };

describe('reports to moderators', () => {
  let server: TestServer;
  let owner: Account;
  let mod: Account;
  let alice: Account;
  let bob: Account;
  let mallory: Account;
  let roomId: string;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', MESSAGE_RATE_MAX: '0', USER_MESSAGE_RATE_MAX: '0' },
      ...{ USER_CHANGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    owner = await server.signUp('olivia');
    mod = await server.signUp('mona');
    await owner.must('PATCH', `/api/admin/users/${mod.userId}`, { role: 'moderator' });
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
    mallory = await server.signUp('mallory');
    roomId = await newRoom('private');
  });
  after(() => server.close());

  async function newRoom(visibility: string): Promise<string> {
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: `room ${visibility}`, visibility },
    });
    await alice.must('PUT', `/api/rooms/${room.id}/members/${bob.userId}`, {});
    return room.id;
  }
  const say = async (content: string, who = bob): Promise<string> => {
    const said = { roomId, content };
    const { message } = await who.must<{ message: { id: string } }>('POST', '/api/messages', said);
    return message.id;
  };
  const report = async (body: object, who = alice): Promise<string> =>
    (await who.must<Reported>('POST', '/api/reports', { reason: 'spam', ...body })).report.id;
  const decide = (id: string, body: object, who = mod) =>
    who.call('POST', `/api/admin/reports/${id}`, body);
  const list = async (state = 'open'): Promise<readonly Report[]> =>
    (await mod.must<{ reports: Report[] }>('GET', `/api/admin/reports?state=${state}`)).reports;
  const codeOf = async (response: Response): Promise<string> => {
    const { error } = (await response.json()) as { error?: { code?: string; field?: string } };
    return `${response.status} ${error?.code} ${error?.field ?? ''}`.trim();
  };

  test('keep the text of the message, whatever happens to it', async () => {
    const messageId = await say('buy my pills');
    const id = await report({ messageId });
    assert.equal(await report({ messageId, reason: 'again' }), id);
    await bob.must('DELETE', `/api/rooms/${roomId}/messages/${messageId}`);

    const found = (await list()).find((each) => each.id === id);
    assert.equal(found?.reason, 'spam');
    assert.equal(found.state, 'open');
    assert.equal(found.reporter.username, 'alice');
    assert.equal(found.user.id, bob.userId);
    assert.equal(found.message?.content, 'buy my pills');
    assert.equal(found.message.roomId, roomId);
    assert.equal(
      found.message.roomName,
      undefined,
      'the name of a private room is for its members',
    );
    assert.equal((await decide(id, { action: 'dismiss' })).status, 200);
  });

  test('look alike for messages that are hidden from the user, and for unknown ones', async () => {
    const messageId = await say('for members only');
    const gone = await say('gone');
    await bob.must('DELETE', `/api/rooms/${roomId}/messages/${gone}`);
    const tries = [
      [mallory, { messageId }],
      [mallory, { messageId: 'unknown' }],
      [alice, { messageId: gone }],
    ] as const;
    for (const [who, about] of tries) {
      const answer = await who.call('POST', '/api/reports', { reason: 'spam', ...about });
      assert.equal(await codeOf(answer), '404 NOT_FOUND messageId');
    }
    const unknown = await alice.call('POST', '/api/reports', { userId: 'nobody', reason: 'spam' });
    assert.equal(await codeOf(unknown), '404 NOT_FOUND userId');
  });

  test('are about one message or one user, not about oneself, and have a reason', async () => {
    const messageId = await say('hello');
    const bodies = [
      [alice, { reason: 'spam' }, 'messageId'],
      [alice, { messageId, userId: bob.userId, reason: 'spam' }, 'messageId'],
      [alice, { messageId, reason: ' ' }, 'reason'],
      [bob, { messageId, reason: 'spam' }, 'messageId'],
      [bob, { userId: bob.userId, reason: 'spam' }, 'userId'],
    ] as const;
    for (const [who, body, field] of bodies) {
      const answer = await who.call('POST', '/api/reports', body);
      assert.equal(await codeOf(answer), `400 VALIDATION_ERROR ${field}`);
    }
  });

  test('are for moderators, admins and owners of the server', async () => {
    const id = await report({ userId: bob.userId });
    const refused = [
      await alice.call('GET', '/api/admin/reports'),
      await decide(id, { action: 'dismiss' }, alice),
      await decide('unknown', { action: 'dismiss' }, alice),
    ];
    for (const answer of refused) assert.equal(await codeOf(answer), '403 FORBIDDEN');
    assert.equal(await codeOf(await decide('unknown', { action: 'warn' })), '404 NOT_FOUND id');
    // About a user without a message.
    for (const action of ['delete', 'mute']) {
      assert.equal(await codeOf(await decide(id, { action })), '400 VALIDATION_ERROR action');
    }
    assert.equal(await codeOf(await decide(id, { action: 'suspend' })), '403 FORBIDDEN');
    assert.equal((await decide(id, { action: 'dismiss' }, owner)).status, 200);
  });

  test('nobody acts on reports about users of the same or a higher role', async () => {
    for (const subject of [mod, owner]) {
      const id = await report({ userId: subject.userId });
      for (const action of ['dismiss', 'warn']) {
        assert.equal(await codeOf(await decide(id, { action })), '403 FORBIDDEN');
      }
      // No role is above the owner's.
      const status = subject === owner ? 403 : 200;
      assert.equal((await decide(id, { action: 'dismiss' }, owner)).status, status);
    }
  });

  test('are shown to and decided by higher roles than that of the user, and not by the reporter', async () => {
    const other = await server.signUp('milo');
    await owner.must('PATCH', `/api/admin/users/${other.userId}`, { role: 'moderator' });
    const open = async (who: Account) => {
      const path = '/api/admin/reports?state=open';
      const listed = await who.must<{ reports: Report[]; open: number }>('GET', path);
      assert.equal(listed.open, listed.reports.length);
      return listed.reports.map(({ id }) => id);
    };
    const before = await open(mod);
    const socket = await mod.connect();
    const about = await report({ userId: mod.userId });
    const equal = await report({ userId: other.userId });
    const own = await report({ userId: bob.userId }, mod);
    assert.deepEqual(await open(mod), [...before, own]);
    assert.deepEqual(await open(other), [...before, own]);
    assert.deepEqual((await open(owner)).slice(-3), [about, equal, own]);
    assert.equal((await socket.next('reports_changed')).open, before.length);

    const answer = await decide(own, {
      action: 'suspend',
      until: new Date(Date.now() + 60_000).toISOString(),
    });
    assert.equal(await codeOf(answer), '403 FORBIDDEN');
    for (const action of ['dismiss', 'warn']) {
      assert.equal(await codeOf(await decide(own, { action })), '403 FORBIDDEN');
    }
    assert.equal((await decide(own, { action: 'dismiss' }, other)).status, 200);
    for (const id of [about, equal]) {
      assert.equal((await decide(id, { action: 'dismiss' }, owner)).status, 200);
    }
    const closed = await mod.must<{ reports: Report[] }>('GET', '/api/admin/reports?state=closed');
    assert.ok(!closed.reports.some(({ id }) => id === about || id === equal));
    socket.close();
  });

  test('of two moderators, the second one does nothing', async () => {
    const messageId = await say('twice');
    const id = await report({ messageId });
    const answers = await Promise.all([
      decide(id, { action: 'warn' }, mod),
      decide(id, { action: 'warn' }, owner),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const { warnings } = await bob.must<{ warnings: { id: string }[] }>('GET', '/api/warnings');
    assert.equal(warnings.length, 1);
    for (const each of warnings) await bob.must('DELETE', `/api/warnings/${each.id}`);
    const closed = (await list('closed')).find((each) => each.id === id);
    assert.equal(closed?.action, 'warn');
  });

  test('a warning reaches the user at once, and stays until it is dismissed', async () => {
    const socket = await bob.connect();
    const id = await report({ messageId: await say('rude words') });
    await decide(id, { action: 'warn', reason: 'Be kind' });

    const frame = await socket.next('moderation_warning');
    assert.equal(frame.reason, 'Be kind');
    assert.equal(frame.content, 'rude words');
    const { warnings } = await bob.must<{ warnings: object[] }>('GET', '/api/warnings');
    assert.deepEqual(warnings, [frame]);
    assert.ok(!JSON.stringify(warnings).includes('alice'));
    assert.equal((await alice.call('DELETE', `/api/warnings/${frame.id}`)).status, 404);
    await bob.must('DELETE', `/api/warnings/${frame.id}`);
    assert.deepEqual(await bob.must('GET', '/api/warnings'), { warnings: [] });
    socket.close();
  });

  test('a moderator deletes a message in a room of others', async () => {
    const socket = await alice.connect();
    await socket.joinRoom({ roomId });
    const messageId = await say('delete me');
    const id = await report({ messageId });
    assert.equal((await decide(id, { action: 'delete' })).status, 200);
    assert.equal((await socket.next('message_deleted')).messageId, messageId);
    assert.equal(await codeOf(await decide(id, { action: 'delete' })), '409 CONFLICT');
    socket.close();
  });

  test('a moderator mutes a member for a day, or until a time', async () => {
    const socket = await bob.connect();
    const id = await report({ messageId: await say('loud') });
    const past = { action: 'mute', until: '2001-01-31' };
    assert.equal(await codeOf(await decide(id, past)), '400 VALIDATION_ERROR until');
    assert.equal((await decide(id, { action: 'mute' })).status, 200);
    const { mutedUntil } = await socket.next('mute_changed');
    assert.ok(Date.parse(mutedUntil ?? '') > Date.now() + 3_600_000);
    const answer = await bob.call('POST', '/api/messages', { roomId, content: 'hello' });
    assert.equal(await codeOf(answer), '403 FORBIDDEN');
    await alice.must('DELETE', `/api/rooms/${roomId}/mutes/${bob.userId}`);
    socket.close();
  });

  test('a moderator suspends a user for at most 30 days, who is told until when and why', async () => {
    const ivan = await server.signUp('ivan');
    const id = await report({ userId: ivan.userId });
    const until = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const long = { action: 'suspend', until: until(31) };
    assert.equal(await codeOf(await decide(id, long)), '403 FORBIDDEN');
    const end = until(7);
    const short = { action: 'suspend', until: end, reason: 'Spam' };
    assert.equal((await decide(id, short)).status, 200);
    assert.equal((await ivan.call('GET', '/api/warnings')).status, 401);
    const { users } = await owner.must<{ users: object[] }>('GET', '/api/admin/users?q=ivan');
    const [shown] = users as { disabled: boolean; disabledUntil: string }[];
    assert.deepEqual([shown?.disabled, shown?.disabledUntil], [true, end]);
    await owner.must('POST', `/api/admin/users/${ivan.userId}/enable`);
    await server.login('ivan');
  });

  test('an admin suspends the user, whose sessions end', async () => {
    const eve = await server.signUp('eve');
    const id = await report({ userId: eve.userId });
    assert.equal((await decide(id, { action: 'suspend' }, owner)).status, 200);
    assert.equal((await eve.call('GET', '/api/warnings')).status, 401);
  });

  test('are limited for each user', async () => {
    const limited = await TestServer.start();
    try {
      const dave = await limited.signUp('dave');
      const frank = await limited.signUp('frank');
      const statuses = new Set<number>();
      for (let count = 0; count < 30; count += 1) {
        const body = { userId: frank.userId, reason: 'spam' };
        statuses.add((await dave.call('POST', '/api/reports', body)).status);
      }
      assert.deepEqual([...statuses], [201, 429]);
    } finally {
      await limited.close();
    }
  });

  test('moderators who are connected are told how many are open', async () => {
    const [ofMod, ofAlice] = [await mod.connect(), await alice.connect()];
    const { open: before } = await mod.must<{ open: number }>('GET', '/api/admin/reports?limit=1');
    const id = await report({ userId: mallory.userId, reason: 'Spam again' });
    assert.equal((await ofMod.next('reports_changed')).open, before + 1);
    await mod.must('POST', `/api/admin/reports/${id}`, { action: 'dismiss' });
    assert.equal((await ofMod.next('reports_changed')).open, before);
    assert.deepEqual(ofAlice.ofType('reports_changed'), []);
    for (const socket of [ofMod, ofAlice]) socket.close(1000);
  });
});
