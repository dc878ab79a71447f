/** A user who requires invitations is a member only after accepting, and receives nothing of the room before. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import type { TestSocket } from '../support/test-socket.ts';

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly role?: string;
  readonly inviter: { readonly username: string };
}

interface Privacy {
  readonly askBeforeStrangers: boolean;
}

describe('invitations', () => {
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  /** Users who share no room and no workspace yet. */
  const strangers = (count: number): Promise<Account[]> =>
    Promise.all(
      Array.from({ length: count }, () => {
        people += 1;
        return server.signUp(`stranger-${people}`);
      }),
    );
  const pair = async (): Promise<readonly [Account, Account]> => {
    const [one, other] = await strangers(2);
    assert(one && other);
    return [one, other];
  };
  const three = async (): Promise<readonly [Account, Account, Account]> => {
    const [one, other, third] = await strangers(3);
    assert(one && other && third);
    return [one, other, third];
  };
  const ask = (who: Account) => who.must('PUT', '/api/privacy', { askBeforeStrangers: true });
  const block = (who: Account, other: Account) => who.must('PUT', `/api/blocks/${other.userId}`);
  const found = async (founder: Account): Promise<string> => {
    const made = await founder.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
      name: 'School',
    });
    return made.workspace.id;
  };
  const add = async (by: Account, id: string, who: Account, role = 'member') =>
    (await by.call('POST', `/api/workspaces/${id}/members`, { username: who.username, role }))
      .status;
  const leave = async (who: Account, id: string) =>
    (await who.call('DELETE', `/api/workspaces/${id}/members`, { username: who.username })).status;
  const invitationsOf = async (who: Account) =>
    (await who.must<{ invitations: Listed[] }>('GET', '/api/invitations')).invitations;
  const rolesOf = async (who: Account) => {
    const { workspaces } = await who.must<{ workspaces: { id: string; role: string }[] }>(
      'GET',
      '/api/workspaces',
    );
    return workspaces.map(({ role }) => role);
  };
  const accept = async (who: Account, id: string) =>
    (await who.call('POST', `/api/invitations/${id}/accept`)).status;
  const newGroup = async (maker: Account, ...others: readonly Account[]) => {
    const socket = await maker.connect();
    const userIds = others.map(({ userId }) => userId);
    const made = await socket.ask('create_group', { userIds, name: 'Trip' }, 'group_created');
    return { ...made, socket };
  };

  test('are not needed for users who do not require them', async () => {
    const [alice, bob] = await pair();
    const id = await found(alice);

    assert.equal(await add(alice, id, bob), 201);
    assert.deepEqual(await rolesOf(bob), ['member']);
    assert.deepEqual(await invitationsOf(bob), []);
  });

  test('replace a membership of a workspace until the user accepts', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    const { askBeforeStrangers } = await bob.must<Privacy>('GET', '/api/privacy');
    assert.equal(askBeforeStrangers, true);
    const id = await found(alice);
    const body = { username: bob.username };

    const answer = await alice.call('POST', `/api/workspaces/${id}/members`, body);
    await alice.must('POST', `/api/workspaces/${id}/channels`, { name: 'rude words' });

    assert.equal(answer.status, 202);
    const { invitation } = (await answer.json()) as { invitation: object };
    assert.deepEqual(invitation, { userId: bob.userId, ...body, role: 'member' });
    assert.deepEqual(await rolesOf(bob), []);
    assert.equal((await bob.call('GET', `/api/workspaces/${id}/channels`)).status, 404);
    const [listed] = await invitationsOf(bob);
    assert.deepEqual(
      [listed?.id, listed?.kind, listed?.name, listed?.role, listed?.inviter.username],
      [id, 'workspace', 'School', 'member', alice.username],
    );
    assert.equal(await accept(alice, id), 404);
    assert.equal(await accept(bob, id), 200);
    assert.deepEqual(await rolesOf(bob), ['member']);
    assert.equal(await accept(bob, id), 404);
  });

  test('can be declined and withdrawn', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    const id = await found(alice);

    await add(alice, id, bob);
    await bob.must('DELETE', `/api/invitations/${id}`);
    assert.equal(await accept(bob, id), 404);
    await add(alice, id, bob);
    await alice.must('DELETE', `/api/workspaces/${id}/members`, { username: bob.username });

    assert.equal(await accept(bob, id), 404);
    assert.deepEqual(await rolesOf(bob), []);
  });

  test('grant what the inviter may grant at the time of acceptance', async () => {
    const [alice, bob, carol] = await three();
    await ask(carol);
    const id = await found(alice);
    await add(alice, id, bob, 'admin');
    assert.equal(await add(bob, id, carol), 202);

    await add(alice, id, bob, 'member');

    assert.equal(await accept(carol, id), 404);
    assert.deepEqual(await rolesOf(carol), []);
  });

  test('are not needed in groups of users who share a workspace or have talked', async () => {
    const [alice, bob, carol] = await three();
    const shared = await found(alice);
    await add(alice, shared, bob);
    for (const [from, to] of [
      [carol, alice],
      [alice, carol],
    ] as const) {
      await from.must('POST', '/api/messages', { recipientId: to.userId, content: 'hi' });
    }
    for (const each of [bob, carol]) await ask(each);

    const { invited, socket } = await newGroup(alice, bob, carol);

    assert.equal(invited, undefined);
    // A workspace lists its members to all of them, so it always asks.
    assert.equal(await add(alice, await found(alice), bob), 202);
    socket.close();
  });

  test('are needed by default, also among users of one public room', async () => {
    const asking = await TestServer.start({ ASK_BEFORE_STRANGERS: 'on' });
    const [alice, bob] = [await asking.signUp('alice'), await asking.signUp('bob')];
    const [toAlice, toBob] = [await alice.connect(), await bob.connect()];
    for (const socket of [toAlice, toBob]) await socket.joinRoom({ roomName: 'lobby' });

    const { roomId, invited } = await newGroup(alice, bob);
    await toAlice.sendMessage({ roomId, content: 'buy now' });

    assert.deepEqual(invited, [bob.userId]);
    const { askBeforeStrangers } = await bob.must<Privacy>('GET', '/api/privacy');
    assert.equal(askBeforeStrangers, true);
    const { conversations } = await bob.must<{ conversations: object[] }>(
      'GET',
      '/api/conversations',
    );
    assert.deepEqual(conversations, []);
    await bob.must('PUT', '/api/privacy', { askBeforeStrangers: false });
    assert.equal((await newGroup(alice, bob)).invited, undefined);
    await asking.close();
  });

  test('of one user are declined together, and hidden from then on', async () => {
    const [alice, bob, carol] = await three();
    await ask(bob);
    const sockets: TestSocket[] = [];
    for (const by of [alice, alice, carol]) sockets.push((await newGroup(by, bob)).socket);
    await add(alice, await found(alice), bob);
    await bob.must('PUT', '/api/privacy', { askBeforeStrangers: false });
    sockets.push((await newGroup(alice, bob)).socket);
    await ask(bob);
    const decline = (body: object) => bob.call('POST', '/api/invitations/decline', body);

    assert.equal((await decline({ inviterId: 'nobody' })).status, 404);
    assert.equal((await decline({ inviterId: bob.userId })).status, 404);
    assert.equal((await decline({})).status, 400);
    const all = { inviterId: alice.userId, block: true, leaveGroups: true };
    assert.deepEqual(await (await decline(all)).json(), { declined: 3, left: 1 });

    assert.deepEqual(
      (await invitationsOf(bob)).map(({ inviter }) => inviter.username),
      [carol.username],
    );
    sockets.push((await newGroup(alice, bob)).socket);
    assert.equal((await invitationsOf(bob)).length, 1);
    const toBob = await bob.connect();
    const again = { inviterId: carol.userId };
    assert.deepEqual(await toBob.ask('decline_invitations', again, 'invitations_declined'), {
      ...again,
      declined: 1,
      left: 0,
    });
    for (const socket of [...sockets, toBob]) socket.close();
  });

  test('by strangers are limited for their recipient, whoever sends them', async () => {
    const limited = await TestServer.start({ USER_REQUEST_RATE_MAX: '2' });
    const [victim, last, ...others] = await Promise.all(
      ['victim', 'one', 'two', 'three', 'four'].map((name) => limited.signUp(name)),
    );
    assert(victim && last);
    const codes = await Promise.all(
      others.map(async (other) => {
        const socket = await other.connect();
        const made = await socket.ask('create_group', { userIds: [victim.userId] });
        return (made as { code?: string }).code ?? 'made';
      }),
    );
    assert.deepEqual(codes.sort(), ['RATE_LIMITED', 'made', 'made']);
    const said = { recipientId: victim.userId, content: 'hi' };
    assert.equal((await last.call('POST', '/api/messages', said)).status, 429);
    await limited.close();
  });

  for (const asks of [true, false]) {
    test(`do not show who has blocked whom (${asks ? 'asked' : 'not asked'} first)`, async () => {
      const answersWith = async (relation: 'none' | 'each-other' | 'author') => {
        // One after the other, so that their ids have the same order each time.
        const eve = (await strangers(1))[0];
        const benn = (await strangers(1))[0];
        const cara = (await strangers(1))[0];
        assert(eve && benn && cara);
        if (asks) for (const each of [benn, cara]) await ask(each);
        if (relation === 'each-other') {
          await block(benn, cara);
          await block(cara, benn);
        }
        if (relation === 'author') await block(benn, eve);
        const socket = await eve.connect();
        const userIds = [benn.userId, cara.userId];
        const named = await socket.ask('create_group', { userIds, name: 'Trip' });
        const unnamed = await socket.ask('create_group', { userIds });
        const alone = await socket.ask('create_group', { userIds: [cara.userId] });
        const { roomId } = alone as { roomId: string };
        const put = await eve.call('PUT', `/api/rooms/${roomId}/members/${benn.userId}`);
        const again = await eve.call('PUT', `/api/rooms/${roomId}/members/${benn.userId}`);
        const workspace = await found(eve);
        const members = `/api/workspaces/${workspace}/members`;
        const added: Response[] = [];
        for (const { username } of [benn, cara]) {
          added.push(await eve.call('POST', members, { username }));
        }
        const recipientId = benn.userId;
        const said = await socket.ask('direct_message', { recipientId, content: 'hi' });
        const more = await eve.call('POST', '/api/messages', { recipientId, content: 'more' });
        const rooms = await socket.ask('get_rooms', { own: true }, 'room_list');
        const texts = [
          ...[named, unnamed, said].map((each) => JSON.stringify(each)),
          ...[put, again, more, ...added].map(({ status }) => `${status}`),
          ...(await Promise.all([put, more, ...added].map((answer) => answer.text()))),
          JSON.stringify(rooms.rooms.map(({ name, kind, person }) => [name, kind, person]).sort()),
          // Those that began in the same millisecond have no order.
          JSON.stringify(
            (
              await eve.must<{ conversations: { kind: string; name: string }[] }>(
                'GET',
                '/api/conversations',
              )
            ).conversations.toSorted((a, b) => (a.kind + a.name < b.kind + b.name ? -1 : 1)),
          ),
          JSON.stringify(
            (await eve.must<{ members: { username: string }[] }>('GET', members)).members
              .map(({ username }) => username)
              .sort(),
          ),
          await (await eve.call('GET', `/api/people?q=${benn.username}`)).text(),
        ];
        socket.close();
        return texts.map((text) => withoutIds(text, [eve, benn, cara]));
      };
      const expected = await answersWith('none');

      assert.deepEqual(await answersWith('each-other'), expected);
      assert.deepEqual(await answersWith('author'), expected);
    });
  }

  test('and messages of a blocked user reach nobody until the block ends', async () => {
    const [eve, benn] = await pair();
    await block(benn, eve);
    const toBenn = await benn.connect();
    const { socket } = await newGroup(eve, benn);
    const { roomId } = await socket.ask(
      'direct_message',
      { recipientId: benn.userId, content: 'hey' },
      'message_ack',
    );
    await toBenn.settled();

    assert.equal(toBenn.ofType('chat_message').length, 0);
    assert.deepEqual(await invitationsOf(benn), []);
    assert.equal((await toBenn.ask('get_history', { roomId }, 'error')).code, 'NOT_FOUND');
    await benn.must('DELETE', `/api/blocks/${eve.userId}`);
    assert.equal((await invitationsOf(benn)).length, 1);
    await socket.ask(
      'direct_message',
      { recipientId: benn.userId, content: 'again' },
      'message_ack',
    );
    assert.equal((await toBenn.next('chat_message')).content, 'again');
    for (const each of [socket, toBenn]) each.close();
  });

  test('and messages in a direct conversation that existed before the block', async () => {
    const [eve, benn] = await pair();
    const toBenn = await benn.connect();
    const other = await benn.connect();
    const toEve = await eve.connect();
    const said = { recipientId: benn.userId, content: 'before' };
    const { roomId, id: messageId } = await toEve.ask('direct_message', said, 'message_ack');
    await toBenn.next('chat_message');
    await block(benn, eve);
    for (const socket of [toBenn, other]) {
      assert.equal((await socket.next('room_left')).roomId, roomId);
    }

    await toEve.ask('direct_message', { ...said, content: 'after' }, 'message_ack');
    await toEve.ask('chat_message', { roomId, content: 'again' }, 'message_ack');
    await toEve.ask('edit_message', { roomId, messageId, content: 'changed' }, 'message_ack');
    await toEve.ask('add_reaction', { roomId, messageId, emoji: '👍' }, 'message_ack');
    for (const socket of [toBenn, other]) await socket.settled();

    assert.deepEqual(
      toBenn.ofType('chat_message').map(({ content }) => content),
      ['before'],
    );
    assert.deepEqual(toBenn.ofType('room_activity'), []);
    assert.deepEqual(
      (await benn.must<{ conversations: object[] }>('GET', '/api/conversations')).conversations,
      [],
    );
    assert.equal(
      (await benn.call('POST', '/api/messages', { recipientId: eve.userId, content: 'x' })).status,
      403,
    );
    await benn.must('DELETE', `/api/blocks/${eve.userId}`);
    const { messages } = await toBenn.ask('get_history', { roomId }, 'history');
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['changed', 'after', 'again'],
    );
    for (const each of [toEve, toBenn, other]) each.close();
  });

  test('hide additions by a blocked user from a user who does not ask, and the block from the author', async () => {
    const open = await TestServer.start({ ASK_BEFORE_STRANGERS: 'off' });
    const [alice, bob, carol, dave] = await Promise.all(
      ['alice', 'bob', 'carol', 'dave'].map((name) => open.signUp(name)),
    );
    assert(alice && bob && carol && dave);
    await block(bob, alice);
    const workspaceId = await found(alice);
    const { roomId, socket } = await newGroup(alice, dave);
    const additions = async (who: Account): Promise<string[]> => {
      const body = { userId: who.userId };
      const answers = [
        await alice.call('POST', `/api/workspaces/${workspaceId}/members`, body),
        await alice.call('PUT', `/api/rooms/${roomId}/members/${who.userId}`),
        // Again, as after an answer that was lost.
        await alice.call('PUT', `/api/rooms/${roomId}/members/${who.userId}`),
      ];
      return Promise.all(
        answers.map(async (answer) => `${answer.status} ${withoutIds(await answer.text(), [who])}`),
      );
    };

    const toBob = await additions(bob);

    assert.deepEqual(toBob, await additions(carol));
    assert.equal((await rolesOf(bob)).length, (await rolesOf(carol)).length - 1);
    const own = await bob.must<{ conversations: object[] }>('GET', '/api/conversations');
    assert.deepEqual([own.conversations, await invitationsOf(bob)], [[], []]);
    await bob.must('DELETE', `/api/blocks/${alice.userId}`);
    assert.equal((await invitationsOf(bob)).length, 2);
    socket.close();
    await open.close();
  });

  test('are needed if only the inviter has written to the user', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    const said = { recipientId: bob.userId, content: 'hi', clientMessageId: 'c1' };
    await alice.must('POST', '/api/messages', said);

    assert.equal(await add(alice, await found(alice), bob), 202);
  });

  test('are impossible for users whom the author has blocked', async () => {
    const [alice, bob] = await pair();
    const id = await found(alice);
    await block(alice, bob);

    assert.equal(await add(alice, id, bob), 403);
    assert.equal(await add(alice, id, bob, 'owner'), 403);
    assert.deepEqual([await rolesOf(bob), await invitationsOf(bob)], [[], []]);
  });

  test('are deleted when the user blocks the inviter later', async () => {
    const [alice, bob] = await pair();
    await ask(bob);
    const id = await found(alice);
    await add(alice, id, bob);

    await block(bob, alice);

    assert.deepEqual(await invitationsOf(bob), []);
    assert.equal(await accept(bob, id), 404);
  });

  test('replace an ownership, and every new owner may leave', async () => {
    const [alice, bob, carol] = await three();
    const id = await found(alice);
    for (const each of [bob, carol]) await add(alice, id, each);

    assert.equal(await add(alice, id, bob, 'owner'), 202);
    assert.deepEqual(await rolesOf(bob), ['member']);
    assert.equal(await leave(alice, id), 409);
    assert.equal(await accept(bob, id), 200);
    assert.deepEqual(await rolesOf(bob), ['owner']);
    assert.equal(await leave(alice, id), 200);

    assert.equal(await leave(bob, id), 409); // An admin must be able to take over.
    assert.equal(await add(bob, id, carol, 'admin'), 201);
    assert.equal(await leave(bob, id), 200);
    assert.deepEqual(await rolesOf(carol), ['owner']);
    assert.equal(await leave(carol, id), 200);
  });

  test('to an ownership stay hidden from a member who has blocked the owner', async () => {
    const [alice, bob] = await pair();
    const id = await found(alice);
    await add(alice, id, bob);
    await block(bob, alice);

    assert.equal(await add(alice, id, bob, 'owner'), 202);
    assert.deepEqual([await rolesOf(bob), await invitationsOf(bob)], [['member'], []]);
  });

  test('replace a membership of a group, which sends nothing before acceptance', async () => {
    const [alice, bob, carol] = await three();
    await ask(bob);
    const [toBob, toCarol] = [await bob.connect(), await carol.connect()];
    const { roomId, members, invited, socket } = await newGroup(alice, bob, carol);
    await socket.sendMessage({ roomId, content: 'before' });
    await toCarol.next('chat_message');
    await toBob.settled();

    assert.deepEqual(
      members.map(({ userId }) => userId).sort(),
      [alice.userId, carol.userId].sort(),
    );
    assert.deepEqual(invited, [bob.userId]);
    assert.equal(toBob.ofType('chat_message').length, 0);
    const rooms = await toBob.ask('get_rooms', {}, 'room_list');
    assert.deepEqual(
      rooms.rooms.filter((room) => room.id === roomId),
      [],
    );
    assert.equal((await toBob.ask('join_room', { roomId }, 'error')).code, 'NOT_FOUND');
    const [listed] = await invitationsOf(bob);
    assert.deepEqual([listed?.id, listed?.kind, listed?.name], [roomId, 'group', 'Trip']);
    assert.equal(await accept(bob, roomId), 200);
    await socket.sendMessage({ roomId, content: 'after' });
    assert.equal((await toBob.next('chat_message')).content, 'after');
    for (const each of [socket, toBob, toCarol]) each.close();
  });

  test('to a group end when the user is added without one', async () => {
    const [alice, bob, carol] = await three();
    await ask(carol);
    const { roomId, socket } = await newGroup(alice, bob);
    const path = `/api/rooms/${roomId}/members/${carol.userId}`;
    assert.equal((await bob.call('PUT', path)).status, 202);
    await carol.must('PUT', '/api/privacy', { askBeforeStrangers: false });

    assert.equal((await bob.call('PUT', path)).status, 200);
    assert.deepEqual(await invitationsOf(carol), []);
    await alice.must('DELETE', path);

    assert.equal(await accept(carol, roomId), 404);
    socket.close();
  });

  test('to a group end when the inviter leaves it', async () => {
    const [alice, bob, carol] = await three();
    await ask(carol);
    const { roomId, socket } = await newGroup(alice, bob);
    const path = `/api/rooms/${roomId}/members`;
    assert.equal((await bob.call('PUT', `${path}/${carol.userId}`)).status, 202);
    await alice.must('DELETE', `${path}/${bob.userId}`);

    assert.equal(await accept(carol, roomId), 404);

    assert.deepEqual(await invitationsOf(carol), []);
    const conversations = '/api/conversations';
    const own = await carol.must<{ conversations: object[] }>('GET', conversations);
    assert.deepEqual(own.conversations, []);
    socket.close();
  });
});

/** Replaces what differs between two equal scenes: ids, times and names. */
function withoutIds(text: string, people: readonly Account[]): string {
  const named = people.reduce((shown, { userId, username }, index) => {
    return shown.replaceAll(userId, `user-${index}`).replaceAll(username, `name-${index}`);
  }, text);
  return named
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/"epoch":"[^"]+"/g, '"epoch"');
}
