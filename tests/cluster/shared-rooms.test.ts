/** Events of rooms on one node reach users of the other node, including rooms that these users do not have open. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import pg from 'pg';
import { Account } from '../../packages/server/test/support/account.ts';
import {
  begin,
  chunkOf,
  DONE,
  ModelEndpoint,
} from '../../packages/server/test/support/model-endpoint.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { Workspace } from '../../packages/server/test/support/workspace.ts';
import { TestCluster } from './test-cluster.ts';

const LARGE_ROOM_PEOPLE = 2;
const RETENTION_DAYS = 7;
const TWO_WEEKS_MS = 14 * 24 * 60 * 60 * 1000;

describe('two nodes', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let model: ModelEndpoint;
  let database: pg.Client;
  const sockets: TestSocket[] = [];
  before(async () => {
    model = await ModelEndpoint.start();
    cluster = await TestCluster.start(2, {
      LARGE_ROOM_PEOPLE: String(LARGE_ROOM_PEOPLE),
      RETENTION_DAYS: String(RETENTION_DAYS),
      ...{ AI_BASE_URL: model.url, AI_API_KEY: 'key', AI_MODEL: 'm-1' },
    });
    database = new pg.Client(cluster.databaseUrl);
    await database.connect();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  after(async () => {
    await database?.end();
    await cluster?.close();
    await model?.close();
  });

  const isStored = async (roomId: string): Promise<boolean> =>
    (await database.query('SELECT 1 FROM rooms WHERE id = $1', [roomId])).rowCount === 1;

  /** A user who is connected to a node. */
  const user = async (node: number, username: string) => {
    const account = await Account.signUp(cluster.urlOf(node), username);
    const socket = await account.connect();
    sockets.push(socket);
    return { account, socket };
  };

  /** Alice is on the first node; Bob, on the second one, is a member of her channel, which he does not have open. */
  const inChannel = async (suffix: string) => {
    const alice = await user(0, `alice-${suffix}`);
    const bob = await user(1, `bob-${suffix}`);
    const workspace = await Workspace.create(alice.account, `bob-${suffix}`);
    const roomId = await workspace.createChannel('maths');
    await alice.socket.joinRoom({ roomId });
    await bob.socket.joinRoom({ roomId });
    const socket = await bob.account.connect();
    sockets.push(socket);
    return { alice, bob: { account: bob.account, socket }, workspace, roomId };
  };

  test('open a new group for its members', async () => {
    const alice = await user(0, 'alice-g');
    const bob = await user(1, 'bob-g');
    const userIds = [bob.account.userId];
    const { roomId } = await alice.socket.ask('create_group', { userIds }, 'group_created');
    await alice.socket.sendMessage({ roomId, content: 'welcome' });

    assert.equal((await bob.socket.next('chat_message')).content, 'welcome');
  });

  test('report the activity of a room, and the end of a membership, to users who do not have it open', async () => {
    const { alice, bob, workspace, roomId } = await inChannel('left');
    await alice.socket.sendMessage({ roomId, content: 'for later' });
    const activity = await bob.socket.next('room_activity');
    assert.deepEqual(
      [activity.roomId, activity.headSequence, activity.unreadCount],
      [roomId, 1, 1],
    );

    await workspace.removeMember('bob-left');
    const left = await bob.socket.next('room_left');
    assert.deepEqual([left.roomId, left.reason], [roomId, 'removed']);
    await assert.rejects(bob.socket.joinRoom({ roomId }), /FORBIDDEN|NOT_FOUND/);
  });

  test('reject messages to a channel that was archived on the other', async () => {
    const { alice, bob, roomId } = await inChannel('old');
    await bob.socket.joinRoom({ roomId });
    await alice.account.must('PATCH', `/api/channels/${roomId}`, { archived: true });

    await assert.rejects(bob.socket.sendMessage({ roomId, content: 'too late' }), /archived/);
    await alice.account.must('PATCH', `/api/channels/${roomId}`, { archived: false });
    await bob.socket.sendMessage({ roomId, content: 'in time' });
    assert.equal((await alice.socket.next('chat_message')).content, 'in time');
  });

  test('show the draft of an answer of the assistant', async () => {
    let finish = (): void => {};
    model.behaviour = (response) => {
      begin(response);
      response.write(chunkOf('Twelve '));
      finish = () => response.end(chunkOf('and a half.') + DONE);
    };
    const alice = await user(0, 'alice-ai');
    const bob = await user(1, 'bob-ai');
    const { roomId } = await alice.socket.joinRoom({ roomName: 'questions' });
    await bob.socket.joinRoom({ roomId });
    await alice.socket.sendMessage({ roomId, content: '@ai how many?' });

    const draft = await bob.socket.next('message_progress');
    assert(draft.content.startsWith('Twelve'));
    finish();
    const answer = () => bob.socket.ofType('chat_message').at(-1);
    await until(() => answer()?.content === 'Twelve and a half.', 'the answer');
    assert.equal(answer()?.clientMessageId, draft.draftId);
  });

  test('show a user as offline, with the time, only when the last connection to either has ended', async () => {
    const alice = await user(0, 'alice-s');
    const bob = await user(1, 'bob-s');
    const { roomId } = await alice.socket.joinRoom({ roomName: 'seen' });
    const elsewhere = await (await Account.logIn(cluster.urlOf(0), 'bob-s')).connect();
    sockets.push(elsewhere);
    for (const socket of [bob.socket, elsewhere]) await socket.joinRoom({ roomId });
    const leftAtMs = Date.now();
    elsewhere.close();
    await elsewhere.closed;
    const ofBob = () =>
      alice.socket.ofType('presence_update').filter(({ username }) => username === 'bob-s');
    bob.socket.send('set_presence', { status: 'busy' });
    await until(() => ofBob().at(-1)?.status === 'busy', 'the presence on the other node');
    bob.socket.close();

    await until(() => ofBob().at(-1)?.isOnline === false, 'the end');
    assert.equal(ofBob().filter(({ isOnline }) => !isOnline).length, 1);
    assert(Date.parse(ofBob().at(-1)?.lastSeen ?? '') >= leftAtMs);
  });

  test('send only a count to a room that is large on both together', async () => {
    const alice = await user(0, 'alice-l');
    const { roomId } = await alice.socket.joinRoom({ roomName: 'large' });
    for (const [index, name] of ['bob-l', 'cleo-l', 'dan-l'].entries()) {
      const { socket } = await user(1 - (index % 2), name);
      await socket.joinRoom({ roomId });
    }
    const count = () => alice.socket.ofType('member_count').at(-1)?.memberCount;
    await until(() => count() === 4, 'the count');
    const joined = alice.socket.ofType('user_joined').map(({ username }) => username);
    assert(!joined.includes('dan-l'), `${joined}`);
  });

  test('delete what is too old, and temporary rooms of a killed node, when another one starts', async () => {
    const alice = await user(0, 'alice-r');
    const bob = await user(1, 'bob-r');
    const { roomId, epoch } = await alice.socket.joinRoom({ roomName: 'archive' });
    await bob.socket.joinRoom({ roomId });
    for (const content of ['old', 'old, too']) {
      await alice.socket.sendMessage({ roomId, content });
    }
    await bob.socket.next('chat_message');
    const { roomId: keptId } = await alice.socket.joinRoom({ roomName: 'temp-kept' });
    const killed = await cluster.startNode();
    const cleo = await (await Account.signUp(killed.url, 'cleo-r')).connect();
    const { roomId: leftId } = await cleo.joinRoom({ roomName: 'temp-left' });
    await killed.kill();
    for (const table of ['room_events', 'messages']) {
      const sql = `UPDATE ${table} SET created_at = created_at - $2 WHERE room_id = $1`;
      await database.query(sql, [roomId, TWO_WEEKS_MS]);
    }

    const third = await cluster.startNode();
    for (const { socket } of [alice, bob]) {
      assert.deepEqual(await socket.next('history_pruned'), { roomId, firstSequence: 3 });
    }
    // Not from the latest events of the room, which its node has in memory.
    const again = await user(1, 'dan-r');
    const { history, truncated } = await again.socket.joinRoom({ roomId, lastSequence: 0, epoch });
    assert.deepEqual([history, truncated], [[], true]);
    await until(async () => !(await isStored(leftId)), 'the end of the room that is left');
    assert.equal(await isStored(keptId), true);
    await third.kill();
  });

  test('delete a temporary room when nobody has it open on either, and not before', async () => {
    const alice = await user(0, 'alice-t');
    const bob = await user(1, 'bob-t');
    const { roomId } = await alice.socket.joinRoom({ roomName: 'temp-used' });
    await bob.socket.joinRoom({ roomId });
    await alice.socket.sendMessage({ roomId, content: 'still here' });
    assert.equal((await bob.socket.next('chat_message')).content, 'still here');

    // Both empty on the first node at once, but only one on the second.
    const { roomId: emptyId } = await alice.socket.joinRoom({ roomName: 'temp-empty' });
    for (const id of [roomId, emptyId])
      await alice.socket.ask('leave_room', { roomId: id }, 'room_left');
    await until(async () => !(await isStored(emptyId)), 'the end of the empty room');
    await bob.socket.sendMessage({ roomId, content: 'alone' });
    await bob.socket.ask('leave_room', { roomId }, 'room_left');
    await until(async () => !(await isStored(roomId)), 'the end of the room');

    for (const { socket } of [alice, bob]) {
      await assert.rejects(socket.joinRoom({ roomId }), /NOT_FOUND/);
    }
  });
});
