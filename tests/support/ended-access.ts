/**
 * Acts that end the access of a user to a room or to the server are effective on every node. Each act is
 * made on the first node for a user who is connected to every node, in every dialect.
 */
import assert from 'node:assert/strict';
import { Account, openNative } from '../../packages/server/test/support/account.ts';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import { until, within } from '../../packages/server/test/support/wait.ts';

/** In which a ban or a disabled account is effective on all nodes. */
const EFFECTIVE_MS = 10_000;

interface Scene {
  /** Owner of the server and of the room, on the first node. */
  readonly owner: Account;
  readonly user: Account;
  readonly roomId: string;
}

type Act = (scene: Scene) => Promise<unknown>;

const later = (): string => new Date(Date.now() + 60 * 60_000).toISOString();

/** Acts after which the user has lost the room, and nothing else. */
export const ROOM_ACTS: Readonly<Record<string, Act>> = {
  'a ban from a room': ({ owner, user, roomId }) =>
    owner.must('PUT', `/api/rooms/${roomId}/bans/${user.userId}`, { until: later() }),
  'a removal from a room': ({ owner, user, roomId }) =>
    owner.must('DELETE', `/api/rooms/${roomId}/members/${user.userId}`),
};

/** Acts after which the user has lost all. */
export const ACCOUNT_ACTS: Readonly<Record<string, Act>> = {
  'a disabled account': ({ owner, user }) =>
    owner.must('POST', `/api/admin/users/${user.userId}/disable`, {}),
  'a ban from the server with an end': ({ owner, user }) =>
    owner.must('POST', `/api/admin/users/${user.userId}/disable`, { until: later() }),
  'a suspension by a report': async ({ owner, user }) => {
    const body = { userId: user.userId, reason: 'spam' };
    const { report } = await owner.must<{ report: { id: string } }>('POST', '/api/reports', body);
    const decision = { action: 'suspend', until: later() };
    await owner.must('POST', `/api/admin/reports/${report.id}`, decision);
  },
  'a deleted account': ({ owner, user }) =>
    owner.must('DELETE', `/api/admin/users/${user.userId}`, { messages: 'keep' }),
};

interface Bed {
  /** Addresses of the nodes; workers share an address. */
  readonly urls: readonly string[];
  readonly owner: Account;
  /** Resolves when this user has connections to every node. */
  isEverywhere?(username: string): Promise<boolean>;
  /** From now on the bus loses what names one of these. */
  lose?(...ids: readonly string[]): void;
}

/** A room in which the user is connected in the dialects that have rooms, and beside it in `/messagepal`. */
async function openScene({ urls, owner, isEverywhere }: Bed, username: string) {
  const user = await Account.signUp(urls[0] ?? '', username);
  const made = { name: `room of ${username}`, visibility: 'private' };
  const { room } = await owner.must<{ room: { id: string } }>('POST', '/api/rooms', made);
  const roomId = room.id;
  await owner.must('PUT', `/api/rooms/${roomId}/members/${user.userId}`, {});
  const clients = [];
  do {
    for (const url of urls) clients.push(await connect(url, user, roomId));
  } while ((await isEverywhere?.(username)) === false);
  return { scene: { owner, user, roomId }, clients };
}

async function connect(url: string, user: Account, roomId: string) {
  const server = { url, host: new URL(url).host };
  const native = openNative(url, user.token);
  await native.next('connection_established');
  await native.joinRoom({ roomId });
  const channels = await FlatClient.connectAs(server, user);
  await channels.joinChannel(roomId);
  const direct = await FlatClient.connectAs(server, user, '/messagepal');
  const socketio = new SocketIoClient(server, { auth: { token: user.token } });
  await socketio.open();
  await socketio.joinRoom(roomId);
  const isClosed = [false, false, false];
  for (const [index, { closed }] of [native, channels, direct].entries()) {
    void closed.then(() => {
      isClosed[index] = true;
    });
  }
  return {
    native,
    channels,
    direct,
    socketio,
    openCount: () => isClosed.filter((each) => !each).length + Number(socketio.socket.connected),
    close() {
      for (const client of [native, channels, direct, socketio]) client.close();
    },
  };
}

export async function endRoomEverywhere(bed: Bed, username: string, act: Act): Promise<void> {
  const { scene, clients } = await openScene(bed, username);
  const { owner, user, roomId } = scene;
  bed.lose?.(user.userId, roomId);

  await act(scene);
  await owner.must('POST', '/api/messages', { roomId, content: 'without you' });

  const hasLost = ({ native, channels, socketio }: (typeof clients)[number]) =>
    native.ofType('room_left').length > 0 &&
    channels.all('error').some(({ code }) => code === 'FORBIDDEN') &&
    socketio.all<{ code: string }>('error').some(({ code }) => code === 'FORBIDDEN');
  await beforeEffective(until(() => clients.every(hasLost), 'the room to be lost on every node'));
  for (const { native, channels, direct, socketio } of clients) {
    // The connections stay.
    await socketio.must('room:list');
    await direct.settled();
    await channels.settled();
    await native.settled();
    assert.deepEqual(native.ofType('chat_message'), []);
    assert.deepEqual(channels.all('new_message'), []);
    assert.deepEqual(socketio.texts, []);
    const said = await native.ask('chat_message', { roomId, content: 'still here' }, 'error');
    assert.match(said.code, /^(NOT_FOUND|FORBIDDEN|NOT_IN_ROOM)$/);
    const joined = await socketio.ask('room:join', { roomId });
    assert.match(joined.error?.code ?? '', /^(NOT_FOUND|FORBIDDEN)$/);
  }
  for (const client of clients) client.close();
}

export async function endAccountEverywhere(bed: Bed, username: string, act: Act): Promise<void> {
  const { scene, clients } = await openScene(bed, username);
  const { owner, user, roomId } = scene;
  bed.lose?.(user.userId, roomId);

  await act(scene);
  await owner.must('POST', '/api/messages', { roomId, content: 'without you' });

  const areClosed = () => clients.every(({ openCount }) => openCount() === 0);
  await beforeEffective(until(areClosed, 'all connections to close'));
  for (const url of bed.urls) {
    const { cookie, token } = user;
    for (const headers of [{ cookie }, { authorization: `Bearer ${token}` }]) {
      assert.equal((await fetch(`${url}/api/auth/me`, { headers })).status, 401);
    }
    await assert.rejects(Account.logIn(url, username), /answered 40[13]/);
  }
}

function beforeEffective(end: Promise<void>): Promise<void> {
  return within(end, EFFECTIVE_MS, () => assert.fail(`not effective in ${EFFECTIVE_MS} ms`));
}
