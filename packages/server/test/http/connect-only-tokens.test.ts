/**
 * Every route and every command with a token of `POST /api/tokens`: it connects, reads and writes
 * messages. A route or command that is added is refused, or has to be named here.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS, type CommandName } from '@parley/protocol/commands';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import { FlatClient } from '../support/flat-client.ts';
import { callsOf, exampleOf, send } from '../support/route-calls.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../support/socketio-client.ts';
import { TestSocket } from '../support/test-socket.ts';

const PERMITTED_COMMANDS: ReadonlySet<string> = new Set([
  ...['chat_message', 'direct_message', 'edit_message', 'delete_message', 'schedule_message'],
  ...['change_scheduled', 'cancel_scheduled', 'list_scheduled', 'add_reaction', 'remove_reaction'],
  ...['pin_message', 'unpin_message', 'get_pins', 'get_history', 'get_thread', 'get_room_files'],
  ...['get_link_previews', 'get_edit_history', 'search_messages', 'list_threads', 'get_activity'],
  ...['follow_thread', 'unfollow_thread', 'mark_thread_read', 'mark_read', 'mark_unread'],
  ...['save_message', 'unsave_message', 'get_saved_messages', 'join_room', 'get_rooms'],
  ...['get_room', 'get_members', 'get_user_groups', 'get_user_group_members', 'get_custom_emoji'],
  ...['resume', 'user_typing', 'set_presence', 'report_activity', 'heartbeat', 'ping'],
  // Closes a room; with `membership` it is refused.
  'leave_room',
]);
/** Besides those of the commands. */
const PERMITTED_ROUTES: ReadonlySet<string> = new Set([
  ...['GET /api/auth/me', 'GET /api/auth/session', 'GET /api/me', 'POST /api/messages'],
  ...['POST /api/upload', 'POST /api/upload/resumable', 'HEAD /api/upload/resumable/:id'],
  ...['PATCH /api/upload/resumable/:id', 'DELETE /api/upload/resumable/:id', 'GET /api/files/:id'],
  ...['GET /api/files/:id/thumbnail', 'GET /api/channels/:roomId/messages'],
  ...['GET /api/rooms/:roomId/link-previews/:messageId/:pictureId', 'GET /api/conversations'],
  ...['GET /api/workspaces', 'GET /api/workspaces/:id/members', 'GET /api/workspaces/:id/channels'],
  ...['PUT /api/rooms/:roomId/members/me', 'GET /api/people', 'GET /api/users', 'GET /api/blocks'],
  ...['GET /api/warnings', 'GET /api/invitations', 'GET /api/privacy'],
  // They end the session itself; with `all` they are refused.
  ...['POST /logout', 'POST /api/auth/logout'],
]);
const inputOf = (type: CommandName) =>
  type === 'leave_room' ? { ...exampleOf(type), membership: false } : exampleOf(type);
const REFUSAL = /"FORBIDDEN".*is for connections/;

describe('a token of POST /api/tokens', () => {
  let server: TestServer;
  let headers: Readonly<Record<string, string>>;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner', USER_CHANGE_RATE_MAX: '0' });
    headers = { authorization: `Bearer ${await tokenOf(await server.signUp('olivia'))}` };
  });
  after(() => server.close());

  const call = (method: string, path: string, body?: object) =>
    fetch(server.url + path, {
      ...(body === undefined
        ? { method, headers }
        : {
            ...{ method, body: JSON.stringify(body) },
            headers: { ...headers, 'content-type': 'application/json' },
          }),
    });

  test('uses no other routes', async () => {
    for (const [route, { isOpen, command }] of Object.entries(API_OPERATIONS)) {
      if (isOpen === true && !PERMITTED_ROUTES.has(route)) continue;
      const isPermitted = PERMITTED_COMMANDS.has(command ?? '') || PERMITTED_ROUTES.has(route);
      const [planned] = callsOf(route);
      assert(planned !== undefined);
      const text = await (
        await send({ call, sendFile: (method, path) => call(method, path) }, planned)
      ).text();
      if (!isPermitted) assert.match(text, planned.method === 'HEAD' ? /^$/ : REFUSAL, route);
      else if (route.endsWith('logout')) assert.match(text, /UNAUTHENTICATED|success/);
      else assert.doesNotMatch(text, REFUSAL, route);
      if (route.endsWith('/logout')) {
        headers = { authorization: `Bearer ${await tokenOf(await server.signUp('olivia'))}` };
        assert.match(await (await call('POST', '/logout', { all: true })).text(), REFUSAL);
      }
    }
  });

  test('sends no other commands, in any dialect', async () => {
    const socket = new TestSocket(`${server.url}/ws`, { headers });
    await socket.next('connection_established');
    for (const type of Object.keys(COMMANDS) as CommandName[]) {
      const text = JSON.stringify(await socket.ask(type, inputOf(type)));
      if (PERMITTED_COMMANDS.has(type)) assert.doesNotMatch(text, REFUSAL, type);
      else assert.match(text, REFUSAL, type);
    }
    const { roomId } = await socket.joinRoom({ roomName: 'made by joining' });
    const channels = new FlatClient(server, '/ws/chat', { headers });
    await channels.takeNext(); // The greeting.
    const socketIo = new SocketIoClient(server, { headers });
    await socketIo.open();
    const leave = { membership: true };
    const leaving = [
      await socket.ask('leave_room', { roomId, ...leave }),
      await channels.ask('leave_channel', { channelId: roomId, ...leave }),
      await socketIo.ask('room:leave', { roomId, ...leave }),
    ];
    for (const answer of leaving) assert.match(JSON.stringify(answer), REFUSAL);
    for (const client of [socket, channels, socketIo]) client.close();
  });
});
