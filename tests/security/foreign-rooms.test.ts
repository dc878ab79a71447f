/**
 * Every command of every dialect with the ids of rooms, messages and workspaces that other users
 * share, from an outsider and from a former member: rejected, nothing shown, nothing changed,
 * nothing sent to members. A command that is added to a dialect fails here until it has a row.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CHANNEL_FRAMES } from '../../packages/protocol/src/channels/client-frames.ts';
import { COMMANDS, EXAMPLE_IDS } from '../../packages/protocol/src/commands/commands.ts';
import { DIRECT_FRAMES } from '../../packages/protocol/src/direct/client-frames.ts';
import { SOCKETIO_EVENTS } from '../../packages/protocol/src/socketio/client-events.ts';
import { API_OPERATIONS } from '../../packages/server/src/http/openapi/api-operations.ts';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
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

/** Every command whose example names a room, with that example. */
const NATIVE: Table = Object.fromEntries(
  Object.entries(COMMANDS).map(([type, { example }]) => {
    const text = JSON.stringify(example);
    const toPayload = ({ roomId, messageId }: PrivateRoom): object =>
      JSON.parse(
        text.replaceAll(EXAMPLE_IDS.room, roomId).replaceAll(EXAMPLE_IDS.message, messageId),
      );
    return [type, text.includes(EXAMPLE_IDS.room) ? toPayload : undefined];
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

/** Routes of commands; a `GET` has no body. */
const DERIVED = Object.entries(COMMANDS).flatMap(([type, { http }]) =>
  http.kind === 'derived' ? [{ route: http.route, row: NATIVE[type] }] : [],
);

/** Routes without ids of other users' data. */
const OWN_ROUTES = [
  ...DERIVED.flatMap(({ route, row }) => (row === undefined ? [route] : [])),
  'POST /register',
  'POST /login',
  'POST /api/auth/login',
  'POST /logout',
  'POST /api/auth/logout',
  'GET /api/auth/me',
  'GET /api/auth/session',
  'POST /api/auth/password',
  'POST /api/auth/email/confirm',
  'POST /api/auth/forgot',
  'POST /api/auth/proof',
  'POST /api/auth/reset',
  'GET /api/auth/totp',
  'POST /api/auth/totp',
  'POST /api/auth/totp/confirm',
  'DELETE /api/auth/totp',
  'POST /api/tokens',
  'POST /api/tickets',
  'GET /api/sessions',
  'DELETE /api/sessions/:id',
  'GET /api/conversations',
  'GET /api/workspaces',
  'POST /api/workspaces',
  'GET /api/invitations',
  'GET /api/invites',
  'POST /api/invites/accept',
  'GET /api/privacy',
  'PUT /api/privacy',
  'GET /api/people',
  'GET /api/users',
  'PUT /api/profile',
  'GET /api/me',
  'PATCH /api/me',
  'GET /api/blocks',
  'PUT /api/blocks/:userId',
  'DELETE /api/blocks/:userId',
  'GET /api/me/export',
  'GET /api/admin/users',
  'GET /api/admin/audit',
  'POST /api/upload',
  // Files of other users: `file-routes.test.ts`.
  'GET /api/files/:id',
  'GET /api/files/:id/thumbnail',
  'GET /api/admin/reports',
  'POST /api/admin/reports/:id',
  'GET /api/warnings',
  'DELETE /api/warnings/:id',
  'PATCH /api/admin/users/:id',
  'DELETE /api/admin/users/:id',
  'DELETE /api/me',
  'POST /api/admin/users/:id/purge',
  'POST /api/admin/users/:id/disable',
  'POST /api/admin/users/:id/enable',
  'POST /api/admin/users/:id/reset',
  'POST /api/admin/users/:id/sessions/end',
  'GET /api/openapi.json',
  'GET /api/asyncapi.json',
  'GET /health',
  'GET /ready',
  'GET /debug/connections',
];
const FOREIGN_ROUTES: Readonly<Record<string, (room: PrivateRoom) => object | undefined>> = {
  ...Object.fromEntries(
    DERIVED.flatMap(({ route, row }) =>
      row === undefined ? [] : [[route, route.startsWith('GET ') ? () => undefined : row]],
    ),
  ),
  'POST /api/messages': ({ roomId }) => ({ roomId, content }),
  'POST /api/reports': ({ messageId }) => ({ messageId, reason: 'spam' }),
  'GET /api/channels/:roomId/messages': () => undefined,
  'PATCH /api/channels/:id': () => ({ name: 'taken over', archived: true }),
  'PATCH /api/workspaces/:id': () => ({ name: 'taken over' }),
  'GET /api/workspaces/:id/members': () => undefined,
  'POST /api/workspaces/:id/members': () => ({ username: 'mallory', role: 'owner' }),
  'DELETE /api/workspaces/:id/members': () => ({ username: 'bob' }),
  'GET /api/workspaces/:id/channels': () => undefined,
  'POST /api/workspaces/:id/channels': () => ({ name: 'taken over' }),
  'POST /api/invitations/:id/accept': () => undefined,
  'POST /api/invites': ({ roomId }) => ({ roomIds: [roomId] }),
  'DELETE /api/invites/:id': () => undefined,
  'DELETE /api/invitations/:id': () => undefined,
  'PUT /api/rooms/:roomId/members/me': () => undefined,
  'DELETE /api/rooms/:roomId/members/me': () => undefined,
  'PUT /api/rooms/:roomId/members/:userId': () => undefined,
  'DELETE /api/rooms/:roomId/members/:userId': () => undefined,
  'PUT /api/rooms/:roomId/bans/:userId': () => undefined,
  'DELETE /api/rooms/:roomId/bans/:userId': () => undefined,
  'GET /api/rooms/:roomId/bans': () => undefined,
  'PUT /api/rooms/:roomId/mutes/:userId': () => ({ until: '2999-01-31' }),
  'DELETE /api/rooms/:roomId/mutes/:userId': () => undefined,
  'GET /api/rooms/:roomId/mutes': () => undefined,
};

/** Fields of a query without which the request is not valid. */
const QUERIES: Readonly<Record<string, string>> = {
  'GET /api/rooms/:roomId/explain': '?userId=nobody&command=delete_message',
};

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
      const routes = [...OWN_ROUTES, ...Object.keys(FOREIGN_ROUTES)].sort();
      assert.deepEqual(routes, Object.keys(API_OPERATIONS).sort());
      const account = await server.signUp(person);
      const table = Object.fromEntries(
        Object.entries(FOREIGN_ROUTES).map(([route, toBody]) => [
          route,
          (room: PrivateRoom) => ({ room, body: toBody(room) }),
        ]),
      );
      await tryAll(table, async (route, payload) => {
        const { room, body } = payload as { room: PrivateRoom; body: object | undefined };
        const [method = '', path = ''] = route.split(' ');
        const isOfWorkspace =
          path.startsWith('/api/workspaces') ||
          (path.startsWith('/api/invitations') && !['group', 'private'].includes(room.kind));
        const id = isOfWorkspace ? fixture.workspaceId : room.roomId;
        const target = path
          .replace(/:(?:id|roomId)/, id)
          .replace(':messageId', room.messageId)
          .replace(':emoji', encodeURIComponent('👍'))
          .replace(':userId', fixture.alice.userId);
        const answer = await account.call(method, target + (QUERIES[route] ?? ''), body);
        return JSON.parse(await answer.text());
      });
    });
  });
}
