/** Members of a group or public room add others, who read it from then on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';

describe('adding users to a group or room', () => {
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  const newUser = (): Promise<Account> => {
    people += 1;
    return server.signUp(`user-${people}`);
  };
  const add = async (by: Account, roomId: string, who: Account): Promise<number> =>
    (await by.call('PUT', `/api/rooms/${roomId}/members/${who.userId}`)).status;
  const groupOf = async (maker: Account, other: Account) => {
    const socket = await maker.connect();
    const asked = { userIds: [other.userId], name: 'Trip' };
    const { roomId } = await socket.ask('create_group', asked, 'group_created');
    return { socket, roomId };
  };

  test('opens the group for them, and changes nothing for a member', async () => {
    const [alice, bob, carol] = [await newUser(), await newUser(), await newUser()];
    const { socket, roomId } = await groupOf(alice, bob);
    const toCarol = await carol.connect();

    assert.equal(await add(bob, roomId, carol), 200);
    assert.equal(await add(alice, roomId, carol), 200);
    await socket.ask('chat_message', { roomId, content: 'welcome' }, 'message_ack');

    const { content } = await toCarol.next('chat_message');
    assert.equal(content, 'welcome');
  });

  test('is rejected for those who are not in the room, and users who do not exist', async () => {
    const [alice, bob, carol] = [await newUser(), await newUser(), await newUser()];
    const { socket, roomId } = await groupOf(alice, bob);
    const { roomId: lobby } = await socket.joinRoom({ roomName: 'lobby' });

    assert.equal(await add(carol, roomId, carol), 404);
    assert.equal(await add(carol, lobby, carol), 403);
    assert.equal(await add(alice, lobby, carol), 200);
    const nobody = '00000000-0000-4000-8000-000000000000';
    const path = `/api/rooms/${roomId}/members/${nobody}`;
    assert.equal((await alice.call('PUT', path)).status, 404);
  });

  test('invites a user who requires consent', async () => {
    const [alice, bob, carol] = [await newUser(), await newUser(), await newUser()];
    const { roomId } = await groupOf(alice, bob);
    await carol.must('PUT', '/api/privacy', { askBeforeStrangers: true });

    assert.equal(await add(alice, roomId, carol), 202);
    assert.equal((await carol.call('POST', `/api/invitations/${roomId}/accept`)).status, 200);
    assert.equal(await add(carol, roomId, alice), 200);
  });
});
