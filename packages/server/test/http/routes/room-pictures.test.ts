/** Pictures of rooms: uploaded by those who manage the room, shown to those who may read it, replaced and removed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { pngBombOf, pngOf } from '../../support/png.ts';
import { TestServer } from '../../support/running-server.ts';
import { until } from '../../support/wait.ts';

describe('pictures of rooms', () => {
  let server: TestServer;
  let owner: Account;
  let alice: Account;
  let bob: Account;
  let rooms = 0;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', USER_CHANGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    owner = await server.signUp('olivia');
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
  });
  after(() => server.close());

  const newRoom = async (visibility: 'public' | 'private' = 'public'): Promise<string> => {
    rooms += 1;
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: `pictured ${rooms}`, visibility },
    });
    return room.id;
  };
  const send = (by: Account, roomId: string, content: string | Buffer, headers: object = {}) =>
    by.sendFile('PUT', `/api/rooms/${roomId}/picture`, content, { headers });
  const upload = async (roomId: string): Promise<string> => {
    const answer = await send(alice, roomId, pngOf(300, 200));
    assert.equal(answer.status, 200, await answer.clone().text());
    return ((await answer.json()) as { pictureUrl: string }).pictureUrl;
  };
  const statusOf = async (by: Account, url: string): Promise<number> => {
    const headers = { authorization: `Bearer ${by.token}` };
    return (await fetch(server.url + url, { headers })).status;
  };
  const settingsOf = async (roomId: string) =>
    (await alice.must<{ room: { pictureUrl?: string } }>('GET', `/api/rooms/${roomId}`)).room;

  test('are squares of two sizes, which everybody who may read the room sees', async () => {
    const roomId = await newRoom();
    const url = await upload(roomId);

    for (const [address, side] of [
      [url, 256],
      [`${url}/thumbnail`, 96],
    ] as const) {
      const headers = { authorization: `Bearer ${bob.token}` };
      const answer = await fetch(server.url + address, { headers });
      assert.equal(answer.headers.get('content-type'), 'image/webp');
      const bytes = Buffer.from(await answer.arrayBuffer());
      assert.equal(bytes.readUInt16LE(26) & 0x3fff, side);
    }
    assert.equal((await settingsOf(roomId)).pictureUrl, url);
    const { rooms: listed } = await bob.must<{
      rooms: readonly { id: string; pictureUrl?: string }[];
    }>('GET', '/api/rooms');
    assert.equal(listed.find(({ id }) => id === roomId)?.pictureUrl, url);
  });

  test('of private rooms are shown to their members only', async () => {
    const roomId = await newRoom('private');
    const url = await upload(roomId);
    assert.deepEqual(
      [await statusOf(alice, url), await statusOf(bob, url), await statusOf(owner, url)],
      [200, 404, 404],
    );
    assert.equal((await send(bob, roomId, pngOf(3, 3))).status, 404);
  });

  test('reach those who have the room open, and are replaced and removed', async () => {
    const roomId = await newRoom();
    const socket = await bob.connect();
    await socket.joinRoom({ roomId });
    const shown = () => socket.ofType('room_changed').map(({ pictureUrl }) => pictureUrl);

    const first = await upload(roomId);
    await until(() => shown().length === 1, 'the picture to be shown');
    const second = await upload(roomId);
    await until(() => shown().length === 2, 'the other picture to be shown');
    assert.equal(await statusOf(alice, first), 404);
    await alice.must('PATCH', `/api/rooms/${roomId}`, { topic: 'stays' });
    await alice.must('DELETE', `/api/rooms/${roomId}/picture`);
    await until(() => shown().length === 4, 'no picture to be shown');

    assert.deepEqual(shown(), [first, second, second, null]);
    assert.equal(await statusOf(alice, second), 404);
    assert.equal((await settingsOf(roomId)).pictureUrl, undefined);
    socket.close();
  });

  test('are changed by those who manage the room, with an entry in the audit log', async () => {
    const roomId = await newRoom();
    assert.equal((await send(bob, roomId, pngOf(3, 3))).status, 403);
    assert.equal((await bob.call('DELETE', `/api/rooms/${roomId}/picture`)).status, 403);
    await upload(roomId);
    const { entries } = await owner.must<{
      entries: readonly { action: string; target: string; detail: string }[];
    }>('GET', '/api/admin/audit?action=room.update');
    const [entry] = entries;
    assert.deepEqual([entry?.target, entry?.detail], [roomId, 'picture']);

    await alice.must('POST', `/api/rooms/${roomId}/archive`);
    assert.equal((await send(alice, roomId, pngOf(3, 3))).status, 403);
  });

  test('are pictures that can be decoded, and go with the room', async () => {
    const roomId = await newRoom();
    for (const content of ['<svg onload="alert(1)"/>', '', pngBombOf(60_000)]) {
      assert.equal((await send(alice, roomId, content)).status, 400);
    }
    assert.equal((await send(alice, roomId, Buffer.alloc(5 * 1024 * 1024 + 1))).status, 413);
    const foreign = await send(alice, roomId, pngOf(3, 3), { origin: 'https://evil.example' });
    assert.equal(foreign.status, 403);
    const url = await upload(roomId);

    await alice.must('DELETE', `/api/rooms/${roomId}`);

    assert.equal(await statusOf(alice, url), 404);
  });
});
