/** From whom a user accepts messages: the refusal in each dialect, and what goes on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';

const REFUSED = 'This person does not accept messages from you';

interface Refusal {
  readonly error?: { readonly code: string; readonly message: string };
}

describe('a user who does not accept messages from everybody', () => {
  let server: TestServer;
  let pairs = 0;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner' });
    await server.signUp('olivia');
  });
  after(() => server.close());

  const pair = async (): Promise<[Account, Account]> => {
    pairs += 1;
    return [await server.signUp(`eve-${pairs}`), await server.signUp(`bob-${pairs}`)];
  };
  const accept = (who: Account, acceptMessagesFrom: string) =>
    who.must('PUT', '/api/privacy', { acceptMessagesFrom });
  const write = async (from: Account, to: Account) => {
    const answer = await from.call('POST', '/api/messages', {
      recipientId: to.userId,
      content: 'hello',
    });
    return (await answer.json()) as Refusal & {
      readonly message?: { readonly conversationId: string };
    };
  };
  const isAccepted = async (from: Account, to: Account) =>
    (await write(from, to)).message !== undefined;
  const roomsOf = async (who: Account) =>
    (await who.must<{ rooms: object[] }>('GET', '/api/rooms?own=true')).rooms.length;

  test('is not reached by strangers in any dialect, and sees nothing of them', async () => {
    const [eve, bob] = await pair();
    await accept(bob, 'contacts');
    const listed = await roomsOf(bob);
    const native = await eve.connect();
    const { userId: recipientId } = bob;
    const said = { recipientId, content: 'hello' };

    const answers = [
      (await write(eve, bob)).error,
      await native.ask('direct_message', said, 'error'),
      await native.ask('create_group', { userIds: [recipientId] }, 'error'),
    ];
    const direct = await FlatClient.connectAs(server, eve, '/messagepal');
    direct.send('send_message', { ...said, clientMessageId: 'one' });
    const { code, message } = await direct.next('error');

    for (const answer of [...answers, { code, message }]) {
      assert.deepEqual([answer?.code, answer?.message], ['FORBIDDEN', REFUSED]);
    }
    assert.equal(await roomsOf(bob), listed);
    for (const client of [native, direct]) client.close();
  });

  test('refuses in a conversation that the user has not answered, until then', async () => {
    const [eve, bob] = await pair();
    const { message } = await write(eve, bob);
    const roomId = message?.conversationId;
    await accept(bob, 'contacts');
    const native = await eve.connect();
    const socketio = await SocketIoClient.connect(server, eve.username);
    await socketio.joinRoom(roomId);
    const channels = await FlatClient.connectAs(server, eve);
    await channels.joinChannel(roomId ?? '');
    const refused = await native.ask('chat_message', { roomId, content: 'again' }, 'error');
    assert.deepEqual([refused.code, refused.message], ['FORBIDDEN', REFUSED]);
    const { error } = await socketio.ask('message:send', { roomId, content: 'again' });
    assert.deepEqual([error?.code, error?.message], ['FORBIDDEN', REFUSED]);
    channels.send('send_message', { channelId: roomId, content: 'again' });
    assert.equal((await channels.next('error'))['message'], REFUSED);
    const said = { channelId: roomId, content: 'again' };
    const post = await eve.call('POST', '/api/messages', said);
    assert.equal(((await post.json()) as Refusal).error?.message, REFUSED);

    assert(await isAccepted(bob, eve));
    assert(await isAccepted(eve, bob));
    await native.sendMessage({ roomId, content: 'again' });
    for (const client of [native, socketio, channels]) client.close();
  });

  test('refuses changes in it too, but what withdraws something', async () => {
    const [eve, bob] = await pair();
    const native = await eve.connect();
    const said = { recipientId: bob.userId, content: 'hello', clientMessageId: 'one' };
    const { id: messageId, roomId } = await native.ask('direct_message', said, 'message_ack');
    const about = { roomId, messageId };
    await native.ask('add_reaction', { ...about, emoji: '👋' }, 'message_ack');
    await accept(bob, 'contacts');

    for (const [type, over] of [
      ['edit_message', { content: 'buy my pills' }],
      ['add_reaction', { emoji: '👍' }],
      ['pin_message', {}],
    ] as const) {
      const refused = await native.ask(type, { ...about, ...over }, 'error');
      assert.deepEqual([refused.code, refused.message], ['FORBIDDEN', REFUSED], type);
    }
    const path = `/api/rooms/${roomId}/messages/${messageId}`;
    const patched = await eve.call('PATCH', path, { content: 'buy my pills' });
    assert.equal(((await patched.json()) as Refusal).error?.message, REFUSED);
    // Others learn nothing of the two.
    const [mallory] = await pair();
    const foreign = await mallory.call('PATCH', path, { content: 'mine' });
    assert.equal(foreign.status, 404);

    await native.ask('remove_reaction', { ...about, emoji: '👋' }, 'message_ack');
    await native.ask('delete_message', about, 'message_ack');
    assert(await isAccepted(bob, eve));
    const again = await native.ask(
      'direct_message',
      { ...said, clientMessageId: 'two' },
      'message_ack',
    );
    await native.ask('add_reaction', { roomId, messageId: again.id, emoji: '👍' }, 'message_ack');
    native.close();
  });

  test('is not added to a room or a workspace by strangers, nor invited', async () => {
    const [eve, bob] = await pair();
    await accept(bob, 'contacts');
    const made = { name: `room-${pairs}`, visibility: 'private' };
    const { room } = await eve.must<{ room: { id: string } }>('POST', '/api/rooms', made);
    const { workspace } = await eve.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
      name: 'Ours',
    });
    const add = async () =>
      Promise.all([
        eve.call('PUT', `/api/rooms/${room.id}/members/${bob.userId}`, {}),
        eve.call('POST', `/api/workspaces/${workspace.id}/members`, { username: bob.username }),
      ]);

    for (const answer of await add()) {
      const { error } = (await answer.json()) as Refusal;
      assert.deepEqual([error?.code, error?.message], ['FORBIDDEN', REFUSED]);
    }
    const { invitations } = await bob.must<{ invitations: object[] }>('GET', '/api/invitations');
    assert.deepEqual(invitations, []);
    await write(bob, eve);
    for (const answer of await add()) assert(answer.ok, `${answer.status}`);
  });

  test('answers a block as without it', async () => {
    const [eve, bob] = await pair();
    const [, carol] = await pair();
    for (const user of [bob, carol]) await accept(user, 'contacts');
    await bob.must('PUT', `/api/blocks/${eve.userId}`);

    const answers = [await write(eve, bob), await write(eve, carol)].map(({ error }) => error);

    assert.deepEqual(answers[0], answers[1]);
  });

  test('is reached by users of the same rooms if the user chooses that, and by known users', async () => {
    const [eve, bob] = await pair();
    await accept(bob, 'shared-rooms');
    assert(!(await isAccepted(eve, bob)));
    for (const who of [eve, bob]) {
      const socket = await who.connect();
      await socket.joinRoom({ roomName: `shared-${pairs}` });
      socket.close();
    }
    assert(await isAccepted(eve, bob));
    await accept(bob, 'contacts');
    assert(!(await isAccepted(eve, bob)));
    const native = await bob.connect();
    await native.ask('create_group', { userIds: [eve.userId] }, 'group_created');
    assert(await isAccepted(eve, bob));
    native.close();
  });

  test('is reached by the admins of the server, and by everybody after the choice has ended', async () => {
    const [eve, bob] = await pair();
    await accept(bob, 'contacts');
    assert(await isAccepted(await server.login('olivia'), bob));
    assert(!(await isAccepted(eve, bob)));
    await accept(bob, 'everybody');
    assert(await isAccepted(eve, bob));
  });

  test('is not added to a group by strangers among its members', async () => {
    const [eve, bob] = await pair();
    const [friend] = await pair();
    const native = await eve.connect();
    const { roomId } = await native.ask(
      'create_group',
      { userIds: [friend.userId] },
      'group_created',
    );
    await accept(bob, 'contacts');
    const answer = await eve.call('PUT', `/api/rooms/${roomId}/members/${bob.userId}`);
    assert.equal(((await answer.json()) as Refusal).error?.message, REFUSED);
    native.close();
  });
});
