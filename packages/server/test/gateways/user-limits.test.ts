/**
 * Every command that writes has a limit per user, in every dialect and on every route. Those of the
 * native dialect have the limit that the table of commands names; the tables here name each command of
 * the other dialects, and the routes without such a limit. A new route is called with its example, and
 * fails until it has a limit.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChannelFrames, DirectFrames, SocketIoEvents } from '@parley/protocol';
import { COMMANDS, type CommandName, type LimitClass } from '@parley/protocol/commands';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { callsOf, exampleOf, idsIn, send, withIds } from '../support/route-calls.ts';
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
const AS_LOGIN = 'is limited as a login is';
const OWN_LIMIT = 'has a limit of its own';
/** Routes that write and are not called here. */
const EXEMPT_ROUTES: Readonly<Record<string, Exempt>> = {
  'POST /register': BY_NETWORK,
  'POST /login': BY_NETWORK,
  'POST /api/auth/login': BY_NETWORK,
  'POST /api/auth/reset': BY_NETWORK,
  'POST /api/auth/forgot': BY_NETWORK,
  'POST /api/auth/email/confirm': BY_NETWORK,
  'POST /api/auth/passkeys/login/begin': READS,
  'POST /api/auth/passkeys/login/finish': BY_NETWORK,
  'POST /api/auth/oidc/complete': BY_NETWORK,
  'POST /api/auth/oidc/:provider': 'has the limit of changes, if there is the provider',
  'POST /api/auth/password': AS_LOGIN,
  'DELETE /api/me': AS_LOGIN,
  'POST /api/auth/proof': AS_LOGIN,
  'POST /api/auth/totp': 'has the limit of passwords, or a young login',
  'POST /api/auth/totp/confirm': AS_LOGIN,
  'DELETE /api/auth/totp': AS_LOGIN,
  'POST /logout': 'ends the session that asks for it',
  'POST /api/auth/logout': 'ends the session that asks for it',
  'POST /api/auth/email': `${OWN_LIMIT}: \`email-domains.test.ts\``,
  'POST /api/tokens': READS,
  'POST /api/tickets': OWN_LIMIT,
  'POST /api/upload': `${OWN_LIMIT}: \`file-routes.test.ts\``,
  'POST /api/upload/resumable': 'counts as a change: `resumable-uploads.test.ts`',
  'PATCH /api/upload/resumable/:id': 'counts as a change: `resumable-uploads.test.ts`',
  'DELETE /api/upload/resumable/:id': 'counts as a change: `resumable-uploads.test.ts`',
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
    return { roomIds, messageId: message.id };
  }

  for (const [type, { limit }] of Object.entries(COMMANDS)) {
    for (const name of [limit ?? []].flat()) {
      if (name === 'reads') continue;
      test(`/ws ${type} counts against the limit of ${name}`, async () => {
        const account = await newAccount();
        const scene = await sceneOf(account);
        const door = await openNative(account);
        const input = NATIVE[type as CommandName]?.[name] ?? (() => exampleOf(type as CommandName));

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

  test('no route is exempt that does not exist', () => {
    assert.deepEqual(
      Object.keys(EXEMPT_ROUTES).filter((route) => !(route in API_OPERATIONS)),
      [],
    );
  });

  const writing = Object.keys(API_OPERATIONS).filter((route) => !/^(?:GET|HEAD) /.test(route));
  for (const route of writing) {
    if (route in EXEMPT_ROUTES) continue;
    for (const [index, call] of callsOf(route).entries()) {
      test(`${route} is limited per user (${index + 1})`, async () => {
        const account = await newAccount();
        const isInWorkspace = idsIn(call).has('workspace');
        const ids = isInWorkspace ? { workspace: await Workspace.idOfNew(account) } : {};
        const filled = withIds(call, ids);
        const answers: string[] = [];

        const { before, rejected } = await tryUntilLimited(async () => {
          const answer = await send(account, filled);
          answers.push(await answer.text());
          const retryAfter = Number(answer.headers.get('retry-after'));
          return answer.status === 429 ? { code: 'RATE_LIMITED', retryAfter } : undefined;
        });

        assert.notEqual(before, 0);
        const about = `${JSON.stringify(filled)} is not limited, but answered by ${answers.at(-1)}`;
        assert.ok((rejected?.retryAfter ?? 0) > 1, about);
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
