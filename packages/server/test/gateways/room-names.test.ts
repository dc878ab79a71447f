/** A room's name works wherever its id does: in every command of every dialect, and in every route. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChannelFrames, RoomId, SocketIoEvents } from '@parley/protocol';
import { COMMANDS, type CommandName, EXAMPLE_IDS } from '@parley/protocol/commands';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { callsOf, exampleOf, idsIn, send, withIds } from '../support/route-calls.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';

/** Commands whose payload names a room. */
type NamesRoom<Frames, Field extends string> = {
  [T in keyof Frames]: Field extends keyof Frames[T] ? T : never;
}[keyof Frames];

const target = { messageId: EXAMPLE_IDS.message };

/** Inputs in place of the example of a command. */
const INPUTS: Readonly<Record<string, object>> = {
  get_history: { before: EXAMPLE_IDS.message },
  get_pins: { before: EXAMPLE_IDS.message },
  // Keeps the membership.
  leave_room: {},
};
/** Commands before and after all others, so that all succeed. */
const PLACES: Readonly<Record<string, number>> = {
  join_room: -1,
  delete_message: 1,
  leave_room: 2,
};
/** Every command whose example names a room in a field, with its other fields. */
const NATIVE: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries(COMMANDS)
    .filter(([, { example }]) => Object.hasOwn(Object(example), 'roomId'))
    .map(([type]): [string, object] => [type, INPUTS[type] ?? exampleOf(type as CommandName)])
    .sort(([one], [other]) => (PLACES[one] ?? 0) - (PLACES[other] ?? 0)),
);

/** Each with its other fields, in an order in which all succeed. */
const SOCKETIO: Record<NamesRoom<SocketIoEvents, 'roomId'>, object> = {
  'room:join': {},
  'message:send': { content: 'x' },
  'message:history': { after: EXAMPLE_IDS.message },
  'message:read': target,
  'typing:start': {},
  'typing:stop': {},
  'room:leave': {},
};
const CHANNELS: Record<NamesRoom<ChannelFrames, 'channelId'>, object> = {
  join_channel: {},
  send_message: { content: 'x' },
  typing: {},
  mark_read: target,
  leave_channel: {},
};
/** Answers of routes that do not succeed; groups and channels have no names. */
const STATUSES: Readonly<Record<string, number>> = {
  'PATCH /api/channels/:id': 404,
  // Takes ids only.
  'GET /api/people': 400,
  // No message has this picture.
  'GET /api/rooms/:roomId/link-previews/:messageId/:pictureId': 404,
};

describe('the name of a room', () => {
  let server: TestServer;
  let [alice, bob]: Account[] = [];
  let toAlice: TestSocket;
  before(async () => {
    server = await TestServer.start({
      ...{ CHANNELS_BUCKET_CAPACITY: '50', MESSAGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    toAlice = await alice.connect();
  });
  after(async () => {
    toAlice.close();
    await server.close();
  });

  /** A room of alice with a message in it, which both have joined. */
  const newRoom = async (roomName: string) => {
    const { roomId } = await toAlice.joinRoom({ roomName });
    const { id } = await toAlice.sendMessage({ roomId, content: 'first' });
    await (bob as Account).must('PUT', `/api/rooms/${roomId}/members/me`);
    const ids = { message: id, user: (bob as Account).userId };
    return { roomId, fill: (fields: object) => withIds(fields, ids) };
  };

  test('works in all commands of /ws, in any spelling, like its id in upper case', async () => {
    const asked = { 'Town Square': 'Town Square', 'Two Hills': 'TWO-HILLS', 'By Id': undefined };
    for (const [roomName, spelling] of Object.entries(asked)) {
      const { roomId, fill } = await newRoom(roomName);
      const socket = await (alice as Account).connect();
      const named = spelling ?? roomId.toUpperCase();
      for (const [type, fields] of Object.entries(NATIVE)) {
        if (type === 'delete_room') continue;
        const payload = { ...fill(fields), roomId: named };
        if (type === 'user_typing') {
          socket.send(type, payload);
          continue;
        }
        const answer = (await socket.ask(type, payload)) as {
          readonly roomId?: unknown;
          readonly room?: { readonly id: unknown };
        };
        const shownId = answer.roomId ?? answer.room?.id;
        assert.equal(shownId, roomId, `${type} ${JSON.stringify(answer)}`);
      }
      const { rooms } = await socket.ask('resume', { rooms: [{ roomId: named }] }, 'resumed');
      assert.deepEqual(
        rooms.map((room) => [room.roomId, 'error' in room]),
        [[roomId, false]],
      );
      const deleted = await socket.ask('delete_room', { roomId: named }, 'room_left');
      assert.equal(deleted.roomId, roomId);
      assert.deepEqual(socket.ofType('error'), []);
      socket.close();
    }
  });

  test('works in all events of Socket.IO', async () => {
    const { roomId, fill } = await newRoom('Market');
    const client = await SocketIoClient.connect(server, 'alice');
    for (const [name, fields] of Object.entries(SOCKETIO)) {
      const answer = await client.ask(name, { ...fill(fields), roomId: 'market' });
      assert.equal(answer.ok, true, `${name} ${JSON.stringify(answer)}`);
      if (!name.startsWith('typing')) {
        assert.match(JSON.stringify(answer), new RegExp(roomId), name);
      }
    }
    client.close();
  });

  test('works in all frames of /ws/chat, which creates no room', async () => {
    const { roomId, fill } = await newRoom('Harbour');
    const client = await FlatClient.connect(server, 'alice');
    for (const [type, fields] of Object.entries(CHANNELS)) {
      client.send(type, { ...fill(fields), channelId: 'Harbour' });
      await client.settled();
    }
    assert.deepEqual(client.all('error'), []);
    assert.equal((await client.next('joined_channel'))['channelId'], roomId);
    client.send('join_channel', { channelId: 'No such room' });
    assert.equal((await client.next('error'))['code'], 'NOT_FOUND');
    client.close();
  });

  const calls = Object.keys(API_OPERATIONS)
    .flatMap(callsOf)
    .filter((call) => idsIn(call).has('room'));
  for (const [index, call] of calls.entries()) {
    const { route } = call;
    test(`works in ${route} (${index})`, async () => {
      const [owner, member] = [alice, bob] as [Account, Account];
      const { room } = await owner.must<{ room: { id: string } }>('POST', '/api/rooms', {
        name: `Old Mill ${index}`,
      });
      await member.must('PUT', `/api/rooms/${room.id}/members/me`);
      const said = { roomId: `old mill ${index}`, content: 'x' };
      const { message } = await owner.must<{ message: { id: string; roomId: RoomId } }>(
        ...(['POST', '/api/messages', said] as const),
      );
      assert.equal(message.roomId, room.id);
      const ids = { room: `OLD MILL ${index}`, message: message.id, user: member.userId };
      for (const step of call.before) {
        assert.ok((await send(owner, withIds(step, ids))).ok, step.route);
      }

      const filled = withIds(call, ids);
      const answer = await send(owner, filled);

      const expected = STATUSES[route] ?? API_OPERATIONS[route]?.status;
      const about = `${JSON.stringify(filled)} is answered by ${await answer.text()}`;
      assert.equal(answer.status, expected, about);
    });
  }

  test('finds no room that the user may not see, and nothing by the name of a group', async () => {
    const socket = await (bob as Account).connect();
    const { roomId } = await toAlice.ask(
      ...([
        'create_group',
        { userIds: [(bob as Account).userId], name: 'Secret' },
        'group_created',
      ] as const),
    );
    await (bob as Account).must('DELETE', `/api/rooms/${roomId}/members/me`);
    const codeOf = async (type: string, asked: string) =>
      (await socket.ask(type, { ...NATIVE[type], roomId: asked }, 'error')).code;
    for (const type of ['get_history', 'get_members', 'mark_read', 'leave_room', 'update_room']) {
      const codes = [await codeOf(type, 'Secret'), await codeOf(type, 'Nothing')];
      assert.equal(codes[0], codes[1], type);
      assert.match(codes[0] ?? '', /NOT_FOUND|NOT_IN_ROOM/);
    }
    socket.close();
  });
});
