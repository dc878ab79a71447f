/** The presence of a user as a stranger sees it who has written to the user, in each dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import { until } from '../support/wait.ts';

interface Person {
  readonly userId: string;
  readonly status: string;
  readonly lastSeen: string | null;
  readonly statusText?: string;
}

describe('a stranger who writes to a user', () => {
  let server: TestServer;
  let pairs = 0;
  before(async () => {
    server = await TestServer.start({ ASK_BEFORE_STRANGERS: 'on' });
  });
  after(() => server.close());

  /** A stranger who has the room open in every dialect, and the user, who is busy in the native one. */
  const openPair = async () => {
    pairs += 1;
    const [eve, bob] = await Promise.all(
      [`eve-${pairs}`, `bob-${pairs}`].map((name) => server.signUp(name)),
    );
    assert(eve && bob);
    const ofBob = await bob.connect();
    await ofBob.ask('set_presence', { status: 'busy', statusText: 'in a call' }, 'presence_update');
    const native = await eve.connect();
    const said = { recipientId: bob.userId, content: 'hello' };
    const { message } = await eve.must<{ message: { conversationId: string } }>(
      'POST',
      '/api/messages',
      said,
    );
    const { conversationId: roomId } = message;
    await ofBob.next('chat_message');
    const socketio = await SocketIoClient.connect(server, eve.username);
    await socketio.joinRoom(roomId);
    const channels = await FlatClient.connectAs(server, eve);
    await channels.joinChannel(roomId);
    const direct = await FlatClient.connectAs(server, eve, '/messagepal');
    direct.send('subscribe', { conversationId: roomId });
    await direct.next('user_presence');
    return { eve, bob, ofBob, native, socketio, channels, direct, roomId };
  };
  type Pair = Awaited<ReturnType<typeof openPair>>;

  const settle = async ({ ofBob, native, socketio, channels, direct }: Pair) => {
    for (const client of [ofBob, native, channels, direct]) await client.settled();
    await socketio.must('room:list');
  };
  /** Statuses of the user that the stranger has received, by dialect. */
  const receivedOf = ({ bob, native, socketio, channels, direct }: Pair) => {
    const statusesIn = (frames: readonly object[]) =>
      frames.flatMap((frame) =>
        'userId' in frame && frame.userId === bob.userId && 'status' in frame ? [frame.status] : [],
      );
    return {
      native: statusesIn(native.ofType('presence_update')),
      socketio: statusesIn(socketio.all<object>('presence:update')),
      channels: statusesIn(channels.all('user_presence')),
      direct: statusesIn(direct.all('user_presence')),
      entries: [
        ...native.ofType('user_joined'),
        ...native.ofType('user_left'),
        ...socketio.all<{ userId: string }>('room:user_joined'),
        ...socketio.all<{ userId: string }>('room:user_left'),
      ].filter(({ userId }) => userId === bob.userId).length,
    };
  };
  /** The other user of a direct room in the list of rooms. */
  const personOf = async (account: Account, roomId: string) => {
    const { rooms } = await account.must<{ rooms: { id: string; person?: Person }[] }>(
      'GET',
      '/api/rooms?own=true',
    );
    return rooms.find(({ id }) => id === roomId)?.person;
  };
  /** The user in lists that the stranger reads. */
  const listedFor = async ({ eve, bob, native, socketio, roomId }: Pair) => {
    const seen = (person: Person | undefined) =>
      person && [person.status, person.statusText, person.lastSeen !== null];
    const overHttp = await personOf(eve, roomId);
    const { rooms } = await native.ask('get_rooms', {}, 'room_list');
    const welcome = (await eve.connect()).ofType('connection_established')[0];
    const { members, memberCount } = await native.ask('get_members', { roomId }, 'member_list');
    const resumed = (await native.ask('resume', { rooms: [{ roomId }] }, 'resumed')).rooms[0];
    assert(resumed !== undefined && !('error' in resumed));
    const listed = await socketio.must('room:list');
    const inList = (listed['rooms'] as { id: string; memberCount: number }[]).find(
      ({ id }) => id === roomId,
    );
    return {
      overHttp: seen(overHttp),
      rooms: seen(rooms.find(({ id }) => id === roomId)?.person as Person | undefined),
      welcome: seen(welcome?.rooms.find(({ id }) => id === roomId)?.person as Person | undefined),
      members: members.some(({ userId }) => userId === bob.userId),
      resumed: resumed.members.some(({ userId }) => userId === bob.userId),
      counts: [memberCount, resumed.memberCount, inList?.memberCount],
    };
  };
  const UNSEEN = ['offline', undefined, false];
  const HIDDEN = {
    ...{ overHttp: UNSEEN, rooms: UNSEEN, welcome: UNSEEN },
    ...{ members: false, resumed: false, counts: [1, 1, 1] },
  };
  const close = ({ ofBob, native, socketio, channels, direct }: Pair) => {
    for (const client of [ofBob, native, socketio, channels, direct]) client.close();
  };

  test('sees in no dialect whether the user is there, and was there', async () => {
    const pair = await openPair();
    const { bob, ofBob } = pair;
    assert.deepEqual(await listedFor(pair), HIDDEN);

    await ofBob.ask('set_presence', { status: 'away' }, 'presence_update');
    ofBob.close(1000);
    await ofBob.closed;
    const again = await bob.connect();
    await settle({ ...pair, ofBob: again });

    assert.deepEqual(receivedOf(pair), {
      ...{ native: [], socketio: [], channels: [], direct: ['offline'], entries: 0 },
    });
    assert.deepEqual(await listedFor(pair), HIDDEN);
    again.close(1000);
    await again.closed;
    // The time of the last visit is stored.
    assert.deepEqual((await listedFor(pair)).overHttp, UNSEEN);
    close(pair);
  });

  test('sees the user from the first answer on', async () => {
    const pair = await openPair();
    const { bob, ofBob, eve, native, socketio, direct } = pair;

    await bob.must('POST', '/api/messages', { recipientId: eve.userId, content: 'who is it?' });

    const isShown = () => {
      const { native, socketio, channels, direct } = receivedOf(pair);
      return [native, socketio, channels, direct].every((statuses) => statuses.at(-1) === 'busy');
    };
    await until(isShown, 'the presence in each dialect');
    const seen = ['busy', 'in a call', true];
    assert.deepEqual(await listedFor(pair), {
      ...{ overHttp: seen, rooms: seen, welcome: seen },
      ...{ members: true, resumed: true, counts: [2, 2, 2] },
    });
    await ofBob.ask('set_presence', { status: 'away' }, 'presence_update');
    await native.next('presence_update');
    await until(() => receivedOf(pair).direct.at(-1) === 'away', 'the next presence');
    await until(() => receivedOf(pair).socketio.at(-1) === 'away', 'the next presence');
    direct.close();
    socketio.close();
    close(pair);
  });

  test('sees in no dialect what the user has read before the first answer', async () => {
    const pair = await openPair();
    const { bob, ofBob, eve, native, socketio, channels, direct, roomId } = pair;
    const isOfBob = (frame: object) => 'userId' in frame && frame.userId === bob.userId;
    const receivedReads = () => ({
      native: native.ofType('read_position').filter(isOfBob).length,
      socketio: socketio.all<object>('message:read').filter(isOfBob).length,
      channels: channels.all('message_read').filter(isOfBob).length,
      direct: direct.all('message_read').filter(isOfBob).length,
    });
    const readsInLists = async () => {
      const page = await eve.must<{ messages: { readBy: string[] }[] }>(
        'GET',
        `/api/channels/${roomId}/messages`,
      );
      const { conversations } = await eve.must<{ conversations: { lastMessage: object }[] }>(
        'GET',
        '/api/conversations',
      );
      direct.send('fetch_history', { conversationId: roomId });
      const history = await direct.next('history_response');
      direct.frames.splice(direct.frames.indexOf(history), 1);
      return {
        readBy: page.messages.some(({ readBy }) => readBy.includes(bob.userId)),
        conversations: conversations.some(({ lastMessage }) => 'readAt' in lastMessage),
        history: (history['messages'] as object[]).some((message) => 'readAt' in message),
      };
    };

    await ofBob.ask('mark_read', { roomId, sequence: 1 }, 'read_position');
    await settle(pair);

    assert.deepEqual(receivedReads(), { native: 0, socketio: 0, channels: 0, direct: 0 });
    assert.deepEqual(await readsInLists(), { readBy: false, conversations: false, history: false });

    await bob.must('POST', '/api/messages', { recipientId: eve.userId, content: 'who is it?' });
    await eve.must('POST', '/api/messages', { recipientId: bob.userId, content: 'me' });
    await ofBob.ask('mark_read', { roomId, sequence: 3 }, 'read_position');
    await until(
      () => Object.values(receivedReads()).every((count) => count > 0),
      'the read position',
    );
    assert.deepEqual(await readsInLists(), { readBy: true, conversations: true, history: true });
    close(pair);
  });

  test('is seen by the user, who may choose not to be hidden', async () => {
    const pair = await openPair();
    const { bob, eve, roomId } = pair;
    const statusFor = async (viewer: Account) => (await personOf(viewer, roomId))?.status;
    assert.deepEqual([await statusFor(bob), await statusFor(eve)], ['online', 'offline']);

    await bob.must('PUT', '/api/privacy', { askBeforeStrangers: false });

    assert.equal(await statusFor(eve), 'busy');
    close(pair);
  });
});
