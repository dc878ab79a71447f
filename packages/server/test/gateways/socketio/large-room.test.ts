/** A room of more than `LARGE_ROOM_PEOPLE` users. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient } from '../../support/socketio-client.ts';

describe('a large room over Socket.IO', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ LARGE_ROOM_PEOPLE: '2' });
  });
  after(() => server.close());

  test('sends no joins and leaves, and its count on request', async () => {
    const [alice, bob, carol] = (await Promise.all(
      ['alice', 'bob', 'carol'].map((name) => SocketIoClient.connect(server, name)),
    )) as [SocketIoClient, SocketIoClient, SocketIoClient];
    const { roomId } = await alice.joinRoom('hall');
    const countFor = async (client: SocketIoClient) => {
      const { rooms } = (await client.must('room:list')) as unknown as {
        rooms: { id: string; memberCount: number }[];
      };
      return rooms.find(({ id }) => id === roomId)?.memberCount;
    };

    await bob.joinRoom(roomId);
    await alice.next('room:user_joined');
    const joined = await carol.joinRoom(roomId);

    assert.equal(joined['memberCount'], 3);
    assert.equal(await countFor(alice), 3);
    await alice.sendMessage(roomId, 'all here');
    assert.equal(alice.all('room:user_joined').length, 1);
    assert.equal(alice.all('room:members').length, 1);
    await carol.must('room:leave', { roomId });
    assert.equal(await countFor(alice), 2);
    for (const client of [alice, bob, carol]) client.close();
  });
});
