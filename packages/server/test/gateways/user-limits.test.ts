/**
 * Every command that writes has a limit per user, in every dialect and on every route. Those of the
 * native dialect have the limit that the table of commands names; the tables here name each command of
 * the other dialects and each other route: a new one does not compile, or fails, until its limit is
 * named and holds.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChannelFrames, DirectFrames, SocketIoEvents } from '@parley/protocol';
import { COMMANDS, type CommandName, type LimitClass } from '@parley/protocol/commands';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import { until } from '../support/wait.ts';
import { Workspace } from '../support/workspace.ts';

/** Different numbers show which limit a command counts against. */
const ALLOWED: Readonly<Record<Exclude<LimitClass, 'reads'>, number>> = {
  messages: 2,
  changes: 3,
  searches: 3,
  creations: 4,
  readMarks: 15,
};
const TRIES = Math.max(...Object.values(ALLOWED)) + 1;
const SETTINGS = {
  USER_MESSAGE_RATE_MAX: `${ALLOWED.messages}`,
  USER_CHANGE_RATE_MAX: `${ALLOWED.changes}`,
  USER_CREATION_RATE_MAX: `${ALLOWED.creations}`,
  MESSAGE_RATE_MAX: '1000',
  MESSAGE_RATE_WINDOW_MS: '3600000',
};

interface Rejection {
  readonly code?: string;
  readonly retryAfter?: number;
}

/** Why a command needs no limit per user. */
type Exempt = string;
/** Request of each attempt: sufficient to be counted, not to succeed. */
type Body = (attempt: number, scene: Scene) => object;
type Limited = Body | readonly Body[];

interface Scene {
  readonly roomIds: readonly string[];
  /** In a direct room of the user. */
  readonly messageId: string;
  /** Of the user. */
  readonly workspaceId: string;
}

/** In turn; the last room is one that the user cannot join. */
function newRoom(attempt: number, roomIds: readonly string[]): string | undefined {
  return roomIds[Math.min(attempt, roomIds.length - 1)];
}

const READS = 'writes nothing';
const PASSES = 'is not stored, and is sent at a bounded rate';
const ANYWHERE = { roomId: 'nowhere', messageId: 'no-message' };

/** Inputs for commands that count against several limits, by limit; others use their example. */
const NATIVE: Readonly<Partial<Record<CommandName, Readonly<Partial<Record<LimitClass, Body>>>>>> =
  {
    join_room: {
      creations: (attempt) => ({ roomName: `native-${attempt}` }),
      changes: (attempt, { roomIds }) => ({ roomId: newRoom(attempt, roomIds) }),
    },
  };

const SOCKETIO: Readonly<Record<keyof SocketIoEvents, Limited | Exempt>> = {
  'message:send': () => ({ roomId: 'nowhere', content: 'hello' }),
  'message:read': () => ANYWHERE,
  'room:join': [
    (attempt) => ({ roomId: `socketio-${attempt}` }),
    (attempt, { roomIds }) => ({ roomId: newRoom(attempt, roomIds) }),
  ],
  'room:leave': READS,
  'room:list': READS,
  'message:history': READS,
  'typing:start': PASSES,
  'typing:stop': PASSES,
  'presence:set': () => ({ status: 'away' }),
};

const CHANNELS: Readonly<Record<keyof ChannelFrames, Limited | Exempt>> = {
  send_message: () => ({ channelId: 'nowhere', content: 'hello' }),
  mark_read: () => ({ channelId: 'nowhere', messageId: 'no-message' }),
  join_channel: (attempt, { roomIds }) => ({ channelId: newRoom(attempt, roomIds) }),
  leave_channel: READS,
  typing: PASSES,
};

const DIRECT: Readonly<Record<keyof DirectFrames, Limited | Exempt>> = {
  send_message: () => ({ recipientId: 'nobody', content: 'hello' }),
  mark_read: (_, { messageId }) => ({ messageId }),
  typing: PASSES,
  fetch_history: READS,
  subscribe: READS,
  unsubscribe: READS,
};

const BY_NETWORK = 'is limited by network and account, before there is a user';
const NOTHING = () => ({});
const MEMBER = () => ({ username: 'nobody' });
const ROUTES: Readonly<Record<string, Limited | Exempt>> = {
  ...Object.fromEntries(
    Object.values(COMMANDS).flatMap(({ http, example }): [string, Body][] =>
      http.kind !== 'derived' || http.route.startsWith('GET ')
        ? []
        : [[http.route, () => example as object]],
    ),
  ),
  'POST /register': BY_NETWORK,
  'POST /login': BY_NETWORK,
  'POST /api/auth/login': BY_NETWORK,
  'POST /api/auth/password': 'is limited as a login is',
  'DELETE /api/me': 'is limited as a login is',
  'POST /api/auth/reset': BY_NETWORK,
  'POST /api/auth/forgot': BY_NETWORK,
  'POST /api/auth/email/confirm': BY_NETWORK,
  'POST /api/auth/proof': 'is limited as a login is',
  'POST /api/auth/totp': 'has the limit of passwords, or a young login',
  'POST /api/auth/totp/confirm': 'is limited as a login is',
  'DELETE /api/auth/totp': 'is limited as a login is',
  'POST /logout': 'ends the session that asks for it',
  'POST /api/auth/logout': 'ends the session that asks for it',
  'POST /api/tokens': READS,
  'POST /api/tickets': 'has a limit of its own',
  'DELETE /api/sessions/:id': NOTHING,
  'POST /api/messages': [
    () => ({ roomId: 'nowhere', content: 'hello' }),
    () => ({ channelId: 'nowhere', content: 'hello' }),
    () => ({ recipientId: 'nobody', content: 'hello' }),
  ],
  'PATCH /api/channels/:id': () => ({ name: 'other' }),
  'POST /api/workspaces': () => ({ name: 'ours' }),
  'POST /api/workspaces/:id/members': MEMBER,
  'DELETE /api/workspaces/:id/members': MEMBER,
  'POST /api/workspaces/:id/channels': (attempt) => ({ name: `channel-${attempt}` }),
  'PUT /api/rooms/:roomId/members/me': NOTHING,
  'DELETE /api/rooms/:roomId/members/me': NOTHING,
  'PUT /api/rooms/:roomId/members/:userId': NOTHING,
  'DELETE /api/rooms/:roomId/members/:userId': NOTHING,
  'PUT /api/rooms/:roomId/bans/:userId': NOTHING,
  'DELETE /api/rooms/:roomId/bans/:userId': NOTHING,
  'PUT /api/rooms/:roomId/mutes/:userId': () => ({ until: '2999-01-31' }),
  'DELETE /api/rooms/:roomId/mutes/:userId': NOTHING,
  'POST /api/upload': 'has limits of its own: `file-routes.test.ts`',
  'PUT /api/profile': () => ({ displayName: 'Name' }),
  'PATCH /api/me': () => ({ displayName: 'Name' }),
  'POST /api/invitations/:id/accept': NOTHING,
  'DELETE /api/invitations/:id': NOTHING,
  'POST /api/invites': NOTHING,
  'DELETE /api/invites/:id': NOTHING,
  'POST /api/invites/accept': () => ({ token: 'unknown' }),
  'PATCH /api/workspaces/:id': () => ({ name: 'hello' }),
  'PUT /api/privacy': () => ({ askBeforeStrangers: true }),
  'POST /api/reports': () => ({ userId: 'nobody', reason: 'spam' }),
  'POST /api/admin/reports/:id': () => ({ action: 'dismiss' }),
  'DELETE /api/warnings/:id': NOTHING,
  'PATCH /api/admin/users/:id': () => ({ role: 'member' }),
  'DELETE /api/admin/users/:id': () => ({ messages: 'keep' }),
  'POST /api/admin/users/:id/purge': NOTHING,
  'POST /api/admin/users/:id/disable': NOTHING,
  'POST /api/admin/users/:id/enable': NOTHING,
  'POST /api/admin/users/:id/reset': NOTHING,
  'POST /api/admin/users/:id/sessions/end': NOTHING,
  'PUT /api/blocks/:userId': NOTHING,
  'DELETE /api/blocks/:userId': NOTHING,
};

/** Connects this user in a dialect, to send commands and receive their errors. */
interface Door {
  readonly send: (type: string, body: object) => Promise<Rejection | undefined>;
  readonly close: () => void;
}

async function openNative(account: Account): Promise<Door> {
  const socket = await account.connect();
  const send = async (type: string, body: object) => (await socket.ask(type, body)) as Rejection;
  return { send, close: () => socket.close() };
}

async function openSocketIo(account: Account, server: TestServer): Promise<Door> {
  const client = await SocketIoClient.connect(server, account.username);
  const send = async (type: string, body: object) => (await client.ask(type, body)).error;
  return { send, close: () => client.close() };
}

function openFlat(path: string) {
  return async (account: Account, server: TestServer): Promise<Door> => {
    const client = await FlatClient.connectAs(server, account, path);
    const send = async (type: string, body: object): Promise<Rejection | undefined> => {
      client.frames.length = 0;
      client.send(type, body);
      await client.settled();
      const rejected = client.all('error').find((frame) => frame['originalType'] === type);
      return rejected as Rejection | undefined; // Errors have these fields in every dialect.
    };
    return { send, close: () => client.close() };
  };
}

const DIALECTS = {
  '/socket.io/': { commands: SOCKETIO, open: openSocketIo },
  '/ws/chat': { commands: CHANNELS, open: openFlat('/ws/chat') },
  '/messagepal': { commands: DIRECT, open: openFlat('/messagepal') },
};

/** Returns the number of attempts before the first that a limit rejects. */
async function tryUntilLimited(
  send: (attempt: number) => Promise<Rejection | undefined>,
): Promise<{ readonly before: number; readonly rejected: Rejection | undefined }> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const answer = await send(attempt);
    if (answer?.code === 'RATE_LIMITED') return { before: attempt, rejected: answer };
  }
  return { before: TRIES, rejected: undefined };
}

describe('limits of one user over a real server', () => {
  let server: TestServer;
  let roomIds: readonly string[];
  let userCount = 0;

  before(async () => {
    server = await TestServer.start(SETTINGS);
    roomIds = await Promise.all(
      Array.from({ length: ALLOWED.changes + 1 }, async (_, index) => {
        const owner = await server.connect(`owner-${index}`);
        const name = `known-${index}`;
        const { roomId } = await owner.joinRoom({ roomName: name });
        owner.close();
        return roomId;
      }),
    );
  });
  after(() => server.close());

  function newAccount(): Promise<Account> {
    userCount += 1;
    return server.signUp(`user-${userCount}`);
  }

  async function sceneOf({ userId }: Account): Promise<Scene> {
    const friend = await newAccount();
    const said = { recipientId: userId, content: 'hello' };
    const { message } = await friend.must<{ message: { id: string } }>(
      'POST',
      '/api/messages',
      said,
    );
    return { roomIds, messageId: message.id, workspaceId: 'none' };
  }

  for (const [type, { limit, example }] of Object.entries(COMMANDS)) {
    for (const name of [limit ?? []].flat()) {
      if (name === 'reads') continue;
      test(`/ws ${type} counts against the limit of ${name}`, async () => {
        const account = await newAccount();
        const scene = await sceneOf(account);
        const door = await openNative(account);
        const input = NATIVE[type as CommandName]?.[name] ?? (() => example as object);

        const { before, rejected } = await tryUntilLimited((attempt) =>
          door.send(type, input(attempt, scene)),
        );

        assert.equal(before, ALLOWED[name]);
        assert.ok((rejected?.retryAfter ?? 0) > 1);
        door.close();
      });
    }
  }

  for (const [path, { commands, open }] of Object.entries(DIALECTS)) {
    for (const [type, limited] of Object.entries<Limited | Exempt>(commands)) {
      if (typeof limited === 'string') continue;
      for (const [index, body] of [limited].flat().entries()) {
        test(`${path} ${type} is limited per user (${index + 1})`, async () => {
          const account = await newAccount();
          const scene = await sceneOf(account);
          const door = await open(account, server);

          const { before, rejected } = await tryUntilLimited((attempt) =>
            door.send(type, body(attempt, scene)),
          );

          assert.notEqual(before, 0);
          assert.ok((rejected?.retryAfter ?? 0) > 1);
          door.close();
        });
      }
    }
  }

  test('the table contains every route that writes', () => {
    const writing = Object.keys(API_OPERATIONS).filter((route) => !route.startsWith('GET '));

    assert.deepEqual(Object.keys(ROUTES).sort(), writing.sort());
  });

  for (const [route, limited] of Object.entries(ROUTES)) {
    if (typeof limited === 'string') continue;
    for (const [index, body] of [limited].flat().entries()) {
      test(`${route} is limited per user (${index + 1})`, async () => {
        const account = await newAccount();
        const [method = '', path = ''] = route.split(' ');
        const isInWorkspace = path.startsWith('/api/workspaces/');
        const workspaceId = isInWorkspace ? await Workspace.idOfNew(account) : 'none';
        const scene = { roomIds, messageId: 'none', workspaceId };
        const place = path.replace(':id', workspaceId).replaceAll(/:\w+/g, 'unknown');

        const { before, rejected } = await tryUntilLimited(async (attempt) => {
          const answer = await account.call(method, place, body(attempt, scene));
          const retryAfter = Number(answer.headers.get('retry-after'));
          return answer.status === 429 ? { code: 'RATE_LIMITED', retryAfter } : undefined;
        });

        assert.notEqual(before, 0);
        assert.ok((rejected?.retryAfter ?? 0) > 1);
      });
    }
  }

  test('GET /api/people is limited per user: it shows the names of strangers', async () => {
    const account = await newAccount();

    const statuses: number[] = [];
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      statuses.push((await account.call('GET', '/api/people?q=user')).status);
    }

    assert.equal(statuses[0], 200);
    assert.equal(statuses.at(-1), 429);
  });

  test('one user has one limit over all dialects, routes and connections', async () => {
    const account = await newAccount();
    const native = await account.connect();
    const { roomId } = await native.joinRoom({ roomName: 'shared' });
    await native.sendMessage({ roomId, content: 'one' });
    await account.must('POST', '/api/messages', { roomId, content: 'two' });

    const flat = await FlatClient.connectAs(server, account);
    flat.send('send_message', { channelId: roomId, content: 'three' });
    await until(() => flat.all('error').length > 0, 'the rejection');

    assert.equal(flat.all('error')[0]?.['code'], 'RATE_LIMITED');
    for (const socket of [native, flat]) socket.close();
  });
});
