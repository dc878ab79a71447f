/** Information that two users receive about each other in shared rooms while there is a block, in each dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';
import { Workspace } from '../support/workspace.ts';

/** A user with the same channel open in three dialects. */
interface Person {
  readonly account: Account;
  readonly native: TestSocket;
  readonly socketio: SocketIoClient;
  readonly channels: FlatClient;
}

/** Frames that show a user to the others, by dialect. */
const NATIVE = ['presence_update', 'user_typing', 'read_position'] as const;
const SOCKET_IO = ['presence:update', 'typing:start', 'message:read'];
const CHANNELS = ['user_typing', 'message_read'];

interface Message {
  readonly id: string;
  readonly channelId: string;
  readonly sequence: number;
}

/** Each action shows a user to the others of a channel, in which a message was just sent. */
const WAYS: Readonly<Record<string, (person: Person, message: Message) => Promise<unknown>>> = {
  'presence and status text': ({ native }) =>
    native.ask('set_presence', { status: 'busy', statusText: 'rude words' }, 'presence_update'),
  'typing, natively': async ({ native }, { channelId: roomId }) => {
    native.send('user_typing', { roomId, isTyping: true });
    await native.settled();
  },
  'typing, over Socket.IO': ({ socketio }, { channelId: roomId }) =>
    socketio.must('typing:start', { roomId }),
  'typing, over /ws/chat': async ({ channels }, { channelId }) => {
    channels.send('typing', { channelId });
    await channels.settled();
  },
  'reading, natively': ({ native }, { channelId: roomId, sequence }) =>
    native.ask('mark_read', { roomId, sequence }, 'read_position'),
  'reading, over Socket.IO': ({ socketio }, { channelId: roomId, id: messageId }) =>
    socketio.must('message:read', { roomId, messageId }),
  'reading, over /ws/chat': async ({ channels }, { channelId, id: messageId }) => {
    channels.send('mark_read', { channelId, messageId });
    await channels.settled();
  },
};

describe('a block', () => {
  let server: TestServer;
  let towns = 0;
  before(async () => {
    server = await TestServer.start({ TYPING_TIMEOUT_MS: '60000' });
  });
  after(() => server.close());

  const openDialects = async (account: Account, channelId: string): Promise<Person> => {
    const native = await account.connect();
    await native.joinRoom({ roomId: channelId });
    const socketio = await SocketIoClient.connect(server, account.username);
    await socketio.joinRoom(channelId);
    const channels = await FlatClient.connectAs(server, account);
    await channels.joinChannel(channelId);
    return { account, native, socketio, channels };
  };
  const close = (people: readonly Person[]): void => {
    for (const { native, socketio, channels } of people) {
      for (const client of [native, socketio, channels]) client.close();
    }
  };
  const newTown = async () => {
    towns += 1;
    const names = ['alice', 'bob', 'carol'].map((name) => `${name}-${towns}`);
    const [alice, bob, carol] = await Promise.all(names.map((name) => server.signUp(name)));
    assert(alice && bob && carol);
    const workspace = await Workspace.create(carol, alice.username, bob.username);
    const channelId = await workspace.createChannel('shared');
    const accounts = [alice, bob, carol] as const;
    const people = [];
    for (const account of accounts) people.push(await openDialects(account, channelId));
    const post = async (): Promise<Message> => {
      const body = { channelId, content: 'hello' };
      return (await carol.must<{ message: Message }>('POST', '/api/messages', body)).message;
    };
    return { accounts, people, channelId, post };
  };
  /** Number of frames that a user received about the other, by dialect. */
  const countOf = ({ native, socketio, channels }: Person, { userId }: Account): number[] => {
    const isAbout = (payload: object) => 'userId' in payload && payload.userId === userId;
    return [
      NATIVE.flatMap((type): object[] => native.ofType(type)).filter(isAbout).length,
      SOCKET_IO.flatMap((name) => socketio.all<object>(name)).filter(isAbout).length,
      CHANNELS.flatMap((type) => channels.all(type)).filter(isAbout).length,
    ];
  };
  const settle = async ({ native, socketio, channels }: Omit<Person, 'account'>) => {
    await native.settled();
    await socketio.must('room:list');
    await channels.settled();
  };

  const stopTyping = async ({ native, socketio, channels }: Person, channelId: string) => {
    native.send('user_typing', { roomId: channelId, isTyping: false });
    await socketio.must('typing:stop', { roomId: channelId });
    channels.send('typing', { channelId, isTyping: false });
    await settle({ native, socketio, channels });
  };

  test('hides the actions of both users in a shared room from each other, in every dialect', async () => {
    const { accounts, people, channelId, post } = await newTown();
    const [alice, bob] = accounts;
    const [ofAlice, ofBob, carol] = people;
    assert(ofAlice && ofBob && carol);
    await alice.must('PUT', `/api/blocks/${bob.userId}`);
    const pairs: readonly (readonly [Person, Person])[] = [
      [ofAlice, ofBob],
      [ofBob, ofAlice],
    ];
    for (const [way, act] of Object.entries(WAYS)) {
      for (const [actor, other] of pairs) {
        const message = await post();
        for (const person of people) await settle(person);
        const before = countOf(other, actor.account);
        const told = countOf(carol, actor.account);

        await act(actor, message);
        const isHeard = (index: number) =>
          (countOf(carol, actor.account)[index] ?? 0) > (told[index] ?? 0);
        await until(() => isHeard(0) && isHeard(1), `what a third person hears of ${way}`);
        await stopTyping(actor, channelId);
        await settle(other);

        assert.deepEqual(countOf(other, actor.account), before, way);
      }
    }
    close(people);
  });

  test('hides presence in lists, and from users who join later', async () => {
    const { accounts, people, channelId, post } = await newTown();
    const { id: messageId, sequence } = await post();
    const [alice, bob] = accounts;
    const [ofAlice, ofBob, ofCarol] = people;
    assert(ofAlice && ofBob && ofCarol);
    const said = { recipientId: bob.userId, content: 'hi' };
    await alice.must('POST', '/api/messages', said);
    for (const { native } of [ofAlice, ofBob]) {
      await native.ask('set_presence', { status: 'busy', statusText: 'here' }, 'presence_update');
    }
    const listed = async (viewer: Person, userId: string) => {
      const { members } = await viewer.native.ask(
        'get_members',
        { roomId: channelId },
        'member_list',
      );
      const { rooms } = await viewer.native.ask('get_rooms', {}, 'room_list');
      const person = rooms.find((room) => room.person?.userId === userId)?.person;
      const member = members.find((each) => each.userId === userId);
      return [member, person].map((each) => [each?.status, each?.statusText]);
    };
    const shown = ['busy', 'here'];
    const hidden = ['offline', undefined];
    assert.deepEqual(await listed(ofBob, alice.userId), [shown, shown]);

    await alice.must('PUT', `/api/blocks/${bob.userId}`);

    assert.deepEqual(await listed(ofBob, alice.userId), [hidden, hidden]);
    const gone = [undefined, undefined];
    assert.deepEqual(await listed(ofAlice, bob.userId), [hidden, gone]);
    assert.deepEqual((await listed(ofCarol, bob.userId))[0], shown);
    await ofAlice.native.ask('mark_read', { roomId: channelId, sequence }, 'read_position');
    const readers = async (viewer: Account) => {
      const path = `/api/channels/${channelId}/messages`;
      const page = await viewer.must<{ messages: { id: string; readBy: string[] }[] }>('GET', path);
      return page.messages.find(({ id }) => id === messageId)?.readBy.includes(alice.userId);
    };
    assert.deepEqual([await readers(bob), await readers(ofCarol.account)], [false, true]);
    const tab = await openDialects(bob, channelId);
    const joined = tab.native.ofType('room_joined')[0];
    const seen = joined?.members.find(({ userId }) => userId === alice.userId);
    assert.deepEqual([seen?.status, seen?.statusText], hidden);
    await alice.must('DELETE', `/api/blocks/${bob.userId}`);
    assert.deepEqual(await listed(ofBob, alice.userId), [shown, shown]);
    close([...people, tab]);
  });

  test('hides in lists and counts whether the other has the direct room open', async () => {
    const { accounts, people } = await newTown();
    const [alice, bob] = accounts;
    const [ofAlice, ofBob] = people;
    assert(ofAlice && ofBob);
    const said = { recipientId: bob.userId, content: 'hi' };
    const { message } = await alice.must<{ message: { conversationId: string } }>(
      'POST',
      '/api/messages',
      said,
    );
    const { conversationId: roomId } = message;
    const shownOf = async ({ native }: Person) => {
      const list = await native.ask('get_members', { roomId }, 'member_list');
      const { rooms } = await native.ask('get_rooms', {}, 'room_list');
      const resumed = (await native.ask('resume', { rooms: [{ roomId }] }, 'resumed')).rooms[0];
      assert(resumed !== undefined && !('error' in resumed));
      return [
        list.members.map(({ userId }) => userId).sort(),
        [list, rooms.find(({ id }) => id === roomId), resumed].map((each) => each?.memberCount),
      ];
    };
    const both = [[alice.userId, bob.userId].sort(), [2, 2, 2]];
    await until(async () => (await shownOf(ofBob))[0]?.length === 2, 'the room to open');
    assert.deepEqual(await shownOf(ofBob), both);

    await alice.must('PUT', `/api/blocks/${bob.userId}`);

    assert.deepEqual(await shownOf(ofBob), [[bob.userId], [1, 1, 1]]);
    const ended = await ofAlice.native.ask('get_members', { roomId }, 'error');
    assert.equal(ended.code, 'NOT_FOUND');
    await alice.must('DELETE', `/api/blocks/${bob.userId}`);
    await alice.must('POST', '/api/messages', said);
    await until(async () => (await shownOf(ofBob))[0]?.length === 2, 'the room to open again');
    assert.deepEqual(await shownOf(ofBob), both);
    close(people);
  });

  test('ignores mentions by the blocked user', async () => {
    const { accounts, people, channelId } = await newTown();
    const [alice, bob] = accounts;
    const [ofAlice, ofBob, ofCarol] = people;
    assert(ofAlice && ofBob && ofCarol);
    await alice.must('PUT', `/api/blocks/${bob.userId}`);
    const content = `@${alice.username} look`;

    await ofBob.native.sendMessage({ roomId: channelId, content });
    await ofCarol.native.sendMessage({ roomId: channelId, content });

    const { rooms } = await ofAlice.native.ask('get_rooms', {}, 'room_list');
    assert.equal(rooms.find(({ id }) => id === channelId)?.mentionCount, 1);
    close(people);
  });
});
