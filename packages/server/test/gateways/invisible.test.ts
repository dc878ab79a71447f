/**
 * A user who appears offline looks to others exactly as one who is offline: the same history runs twice,
 * and an observer with a connection in each dialect receives the same frames and lists.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';

type Way = 'invisible' | 'offline';

const SETTINGS = { PRESENCE_GRACE_MS: '0', TYPING_TIMEOUT_MS: '60000' };
const ACTS_MAX = 12;

/** Acts of an invisible user without effect for others. */
const HIDDEN_ACTS: readonly ((world: World) => Promise<unknown>)[] = [
  async ({ ghost, roomId }) => {
    for (const isTyping of [true, false]) ghost.native.send('user_typing', { roomId, isTyping });
    await ghost.native.settled();
  },
  async ({ ghost, observer }) => {
    ghost.native.send('user_typing', { recipientId: observer.account.userId, isTyping: true });
    await ghost.native.settled();
  },
  ({ ghost, roomId }) => ghost.socketio.must('typing:start', { roomId }),
  async ({ ghost, roomId: channelId }) => {
    ghost.channels.send('typing', { channelId });
    await ghost.channels.settled();
  },
  ({ ghost }) => ghost.native.ask('report_activity', { idle: true }, 'presence_update'),
  ({ ghost }) => ghost.native.ask('report_activity', { idle: false }, 'presence_update'),
  async ({ ghost, roomId }) => {
    const tab = await ghost.account.connect();
    await tab.joinRoom({ roomId });
    tab.close(1000);
    await tab.closed;
  },
  ({ ghost, roomId }) => ghost.native.ask('resume', { rooms: [{ roomId }] }, 'resumed'),
  ({ ghost }) => ghost.account.must('GET', '/api/rooms?own=true'),
];

/** The same in both histories. */
const COMMON_ACTS: readonly ((world: World) => Promise<unknown>)[] = [
  ({ ghost }) =>
    ghost.account.must('PUT', '/api/presence', { status: 'invisible', statusText: 'Reading' }),
  ({ ghost, observer }) => ghost.account.must('PUT', `/api/blocks/${observer.account.userId}`),
  ({ ghost, observer }) => ghost.account.call('DELETE', `/api/blocks/${observer.account.userId}`),
  ({ ghost }) => ghost.account.must('PUT', '/api/profile', { displayName: 'Greta' }),
  ({ ghost }) => ghost.account.must('PUT', '/api/privacy', { acceptMessagesFrom: 'contacts' }),
];

interface Person {
  readonly account: Account;
  readonly native: TestSocket;
  readonly socketio: SocketIoClient;
  readonly channels: FlatClient;
  readonly direct: FlatClient;
}

interface World {
  readonly ghost: Person;
  readonly observer: Person;
  readonly roomId: string;
  readonly directId: string;
}

async function connectAll(server: TestServer, account: Account, roomId: string): Promise<Person> {
  const native = await account.connect();
  await native.joinRoom({ roomId });
  const socketio = await SocketIoClient.connect(server, account.username);
  await socketio.joinRoom(roomId);
  const channels = await FlatClient.connectAs(server, account);
  await channels.joinChannel(roomId);
  const direct = await FlatClient.connectAs(server, account, '/messagepal');
  return { account, native, socketio, channels, direct };
}

async function settle({ native, socketio, channels, direct }: Person): Promise<void> {
  await native.settled();
  await socketio.must('room:list');
  await channels.settled();
  await direct.settled();
}

async function begin(server: TestServer): Promise<World> {
  const [observer, ghost] = [await server.signUp('alice'), await server.signUp('ghost')];
  const first = await observer.connect();
  const { roomId } = await first.joinRoom({ roomName: 'lobby' });
  first.close(1000);
  const say = (from: Account, to: Account) =>
    from.must<{ message: { conversationId: string } }>('POST', '/api/messages', {
      recipientId: to.userId,
      content: 'hello',
    });
  const { conversationId: directId } = (await say(ghost, observer)).message;
  await say(observer, ghost);
  const ofObserver = await connectAll(server, observer, roomId);
  ofObserver.direct.send('subscribe', { conversationId: directId });
  await ofObserver.direct.next('user_presence');
  const ofGhost = await connectAll(server, ghost, roomId);
  await settle(ofObserver);
  return { observer: ofObserver, ghost: ofGhost, roomId, directId };
}

/** Ids and times differ between two runs. */
function masked(value: unknown): unknown {
  const text = JSON.stringify(value, (key, part) => (key === 'epoch' ? key : part));
  return JSON.parse(
    text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'),
  );
}

/** Everything that an observer can ask about the user. */
async function asked(server: TestServer, { observer, ghost, roomId, directId }: World) {
  const { account, native } = observer;
  const tab = await account.connect();
  const joined = await tab.joinRoom({ roomId });
  const late = await FlatClient.connectAs(server, account, '/messagepal');
  late.send('subscribe', { conversationId: directId });
  const { status } = await late.next('user_presence');
  const answers = {
    welcome: tab.ofType('connection_established')[0]?.rooms,
    joined: [joined.members, joined.memberCount],
    status,
    there: await native.ask('get_members', { roomId }, 'member_list'),
    members: await account.must('GET', `/api/rooms/${roomId}/members`),
    rooms: await account.must('GET', '/api/rooms?own=true'),
    people: await account.must('GET', '/api/people?q=ghost'),
    users: await account.must('GET', `/api/users?ids=${ghost.account.userId}`),
    listed: await observer.socketio.must('room:list'),
  };
  for (const client of [tab, late]) client.close(1000);
  await tab.closed;
  return masked(answers);
}

/** The time of the last visit is stored soon after the user goes. */
async function isSeen({ observer, ghost, roomId }: World): Promise<boolean> {
  const path = `/api/rooms/${roomId}/members`;
  const { members } = await observer.account.must<{ members: Seen[] }>('GET', path);
  return members.some((each) => each.userId === ghost.account.userId && each.lastSeen !== null);
}

interface Seen {
  readonly userId: string;
  readonly lastSeen: string | null;
}

/** Runs a history, and returns what the observer has received and reads. */
async function run(way: Way, acts: readonly number[]): Promise<object> {
  const server = await TestServer.start(SETTINGS);
  try {
    const world = await begin(server);
    const { ghost, observer } = world;
    const counts = {
      native: observer.native.frames.length,
      channels: observer.channels.frames.length,
      direct: observer.direct.frames.length,
      socketio: observer.socketio.received.length,
    };
    const isGone = () =>
      observer.direct.all('user_presence').some((frame) => frame['status'] === 'offline');
    if (way === 'invisible') {
      const own = await ghost.native.ask(
        'set_presence',
        { status: 'invisible' },
        'presence_update',
      );
      assert.deepEqual([own.status, own.isOnline], ['invisible', true]);
    } else {
      for (const client of [ghost.direct, ghost.channels, ghost.socketio, ghost.native])
        client.close();
    }
    await until(isGone, 'that the user is offline');
    await until(() => isSeen(world), 'the time of the last visit');
    const lists = [await asked(server, world)];
    for (const act of acts) {
      const common = COMMON_ACTS[act];
      if (common !== undefined) await common(world);
      else if (way === 'invisible') await HIDDEN_ACTS[act - COMMON_ACTS.length]?.(world);
    }
    await settle(observer);
    lists.push(await asked(server, world));
    await ghost.account.call('DELETE', `/api/blocks/${observer.account.userId}`);
    await ghost.account.must('PUT', '/api/presence', { status: 'online' });
    if (way === 'offline') await (await ghost.account.connect()).joinRoom({ roomId: world.roomId });
    const isBack = () =>
      observer.native.ofType('user_joined').some(({ username }) => username === 'ghost');
    await until(isBack, 'the return of the user');
    await settle(observer);
    lists.push(await asked(server, world));
    await settle(observer);
    const shown = (frames: readonly object[], from: number) =>
      frames.slice(from).filter((frame) => !('type' in frame && frame.type === 'pong'));
    // The user has left, and has come back.
    assert.equal(observer.native.ofType('user_left').length, 1);
    return {
      lists,
      native: masked(shown(observer.native.frames, counts.native)),
      channels: masked(shown(observer.channels.frames, counts.channels)),
      direct: masked(shown(observer.direct.frames, counts.direct)),
      socketio: masked(shown(observer.socketio.received, counts.socketio)),
    };
  } finally {
    await server.close();
  }
}

/** Numbers below `max` that follow from a seed. */
function numbers(seed: number, max: number, length: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % max;
  });
}

describe('an invisible user', () => {
  for (const seed of [1, 2, 3]) {
    test(`is the same to others as one who is offline, in every dialect (seed ${seed})`, async () => {
      const acts = numbers(seed, COMMON_ACTS.length + HIDDEN_ACTS.length, ACTS_MAX);

      assert.deepEqual(await run('invisible', acts), await run('offline', acts));
    });
  }
});
