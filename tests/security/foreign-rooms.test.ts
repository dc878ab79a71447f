/**
 * Every command of every dialect with the ids of rooms, messages and workspaces that other users
 * share, from an outsider and from a former member: rejected, nothing shown, nothing changed,
 * nothing sent to members. Commands and routes are called with their examples: a new one of another
 * dialect fails here until it has a row.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CHANNEL_FRAMES } from '../../packages/protocol/src/channels/client-frames.ts';
import { COMMANDS } from '../../packages/protocol/src/commands/commands.ts';
import { DIRECT_FRAMES } from '../../packages/protocol/src/direct/client-frames.ts';
import { SOCKETIO_EVENTS } from '../../packages/protocol/src/socketio/client-events.ts';
import { API_OPERATIONS } from '../../packages/server/src/http/openapi/api-operations.ts';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import {
  callsOf,
  exampleOf,
  type Ids,
  idsIn,
  type RouteCall,
  send,
  withIds,
} from '../../packages/server/test/support/route-calls.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import { type PrivateRoom, PrivateRoomsFixture, SECRET } from './private-rooms-fixture.ts';

/** The payload for a private room; `undefined` for a command without ids of other users' data. */
type Row = ((room: PrivateRoom) => object) | undefined;
type Table = Readonly<Record<string, Row>>;

const content = 'let me in';
const inRoom: Row = ({ roomId }) => ({ roomId });
const onMessage: Row = ({ roomId, messageId }) => ({ roomId, messageId, content, emoji: '👍' });
const inChannel: Row = ({ roomId: channelId }) => ({ channelId });
const inConversation: Row = ({ roomId: conversationId }) => ({ conversationId });

/** Ids of things that other users share; the rest are ids of users, or belong to the asking user. */
const SHARED = ['room', 'message', 'workspace', 'invitation', 'invite'] as const;
const namesShared = (input: object): boolean => {
  const named = idsIn(input);
  return SHARED.some((name) => named.has(name));
};
/** Nothing is changed, and nothing told, whoever asks. */
const HARMLESS: ReadonlySet<string> = new Set([
  // Finds the same users with a foreign room as without it.
  'GET /api/people',
  // Removes an entry of the own list.
  ...['unsave_message', 'DELETE /api/saved/:messageId'],
]);

/** Every command whose example has such an id, with that example. */
const NATIVE: Table = Object.fromEntries(
  Object.keys(COMMANDS).map((type) => {
    const example = exampleOf(type as keyof typeof COMMANDS);
    const row: Row = ({ roomId: room, messageId: message }) => withIds(example, { room, message });
    return [type, namesShared(example) && !HARMLESS.has(type) ? row : undefined];
  }),
);

const CHANNELS: Table = {
  join_channel: inChannel,
  leave_channel: inChannel,
  send_message: ({ roomId: channelId }) => ({ channelId, content }),
  typing: ({ roomId: channelId }) => ({ channelId, isTyping: true }),
  mark_read: ({ roomId: channelId, messageId }) => ({ channelId, messageId }),
};

const DIRECT: Table = {
  send_message: undefined,
  typing: undefined,
  mark_read: ({ roomId: conversationId, messageId }) => ({ conversationId, messageId }),
  fetch_history: inConversation,
  subscribe: inConversation,
  unsubscribe: inConversation,
};

const SOCKETIO: Table = {
  'room:join': inRoom,
  'room:leave': inRoom,
  'room:list': undefined,
  'message:send': ({ roomId }) => ({ roomId, content }),
  'message:history': inRoom,
  'message:read': onMessage,
  'typing:start': inRoom,
  'typing:stop': inRoom,
  'presence:set': undefined,
};

/** Every route whose requests have such an id, with these requests. */
const ROUTES = Object.keys(API_OPERATIONS)
  .flatMap(callsOf)
  .filter((call) => namesShared(call) && !HARMLESS.has(call.route));
/** Requests beside those that a member makes. */
const ATTACKS: readonly (readonly [route: string, body: object])[] = [
  ['POST /api/workspaces/:id/members', { username: 'mallory', role: 'owner' }],
  ['PATCH /api/channels/:id', { name: 'taken over', archived: true }],
];

const REJECTIONS = /"code":"(?:FORBIDDEN|NOT_FOUND|NOT_IN_ROOM)"/;

for (const person of ['mallory', 'carol']) {
  describe(`${person === 'carol' ? 'a former member' : 'an outsider'} with the ids of private rooms`, () => {
    let server: TestServer;
    let fixture: PrivateRoomsFixture;
    before(async () => {
      server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
      fixture = await PrivateRoomsFixture.build(server);
    });
    after(async () => {
      fixture.close();
      await server.close();
    });

    /** Runs the rows for each private room; then every room must be unchanged. */
    const tryAll = async (
      table: Table,
      ask: (type: string, payload: object) => Promise<unknown>,
    ): Promise<void> => {
      const before = { seen: await fixture.look(), received: await fixture.received() };
      for (const room of fixture.rooms) {
        for (const [type, row] of Object.entries(table)) {
          if (row === undefined) continue;
          const answer = JSON.stringify(await ask(type, row(room)));
          assert.match(answer, REJECTIONS, `${type} in a ${room.kind} room: ${answer}`);
          assert.ok(!answer.includes(SECRET), `${type} in a ${room.kind} room shows ${answer}`);
        }
      }
      assert.deepEqual({ seen: await fixture.look(), received: await fixture.received() }, before);
    };

    test('is rejected over the native dialect', async () => {
      const socket = await server.connect(person);
      await tryAll({ leave_room: inRoom }, (type, payload) => socket.ask(type, payload));
      await tryAll(NATIVE, (type, payload) => socket.ask(type, payload));
      assert.ok(!JSON.stringify(socket.frames).includes(SECRET));
      socket.close();
    });

    for (const [path, table, schemas] of [
      ['/ws/chat', CHANNELS, CHANNEL_FRAMES],
      ['/messagepal', DIRECT, DIRECT_FRAMES],
    ] as const) {
      test(`is rejected over ${path}`, async () => {
        assert.deepEqual(Object.keys(table).sort(), Object.keys(schemas).sort());
        const client = await FlatClient.connect(server, person, path);
        await tryAll(table, async (type, payload) => {
          client.frames.length = 0;
          client.send(type, payload);
          await client.settled();
          return client.frames;
        });
        client.close();
      });
    }

    test('is rejected over Socket.IO', async () => {
      assert.deepEqual(Object.keys(SOCKETIO).sort(), Object.keys(SOCKETIO_EVENTS).sort());
      const client = await SocketIoClient.connect(server, person);
      await tryAll(SOCKETIO, (name, payload) => client.ask(name, payload));
      assert.ok(!JSON.stringify(client.received).includes(SECRET));
      client.close();
    });

    test('is rejected over HTTP', async () => {
      for (const name of SHARED)
        assert.ok(
          ROUTES.some((call) => idsIn(call).has(name)),
          name,
        );
      const account = await server.signUp(person);
      const attacks = ATTACKS.flatMap(([route, body]) =>
        callsOf(route)
          .slice(0, 1)
          .map((call) => ({ ...call, body })),
      );
      const table = Object.fromEntries(
        [...ROUTES, ...attacks].map((call, index) => {
          const toCall = (room: PrivateRoom) => withIds(call, idsOf(room));
          return [`${call.route} (${index})`, toCall];
        }),
      );
      await tryAll(table, async (_, call) => {
        const answer = await send(account, call as RouteCall);
        return answer.json();
      });
    });

    const idsOf = ({ kind, roomId, messageId }: PrivateRoom): Ids => ({
      ...{ room: roomId, message: messageId, invite: roomId },
      ...{ workspace: fixture.workspaceId, user: fixture.alice.userId, username: 'bob' },
      invitation: ['group', 'private'].includes(kind) ? roomId : fixture.workspaceId,
    });
  });
}
