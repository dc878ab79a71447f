import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Epoch, RoomId } from '@parley/protocol';
import type { ResumedRoom } from '../../../src/domain/rooms/room-resumer.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { command, newRoomId } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

async function resume(
  harness: ChatHarness,
  client: Client,
  rooms: readonly { roomId: RoomId; lastSequence?: number; epoch?: Epoch }[],
): Promise<readonly ResumedRoom[]> {
  let answer: readonly ResumedRoom[] = [];
  await harness.chat.resumption.resume(
    client.connection,
    rooms.map(({ roomId, lastSequence, epoch }) => ({
      roomId,
      position: lastSequence === undefined ? undefined : { lastSequence, epoch, lastId: undefined },
    })),
    (resumed) => {
      answer = resumed;
    },
  );
  return answer;
}

function contents(room: ResumedRoom | undefined): string[] | string | undefined {
  return room?.kind === 'opened'
    ? room.state.history.map(({ content }) => content)
    : room?.error.code;
}

describe('resuming rooms', () => {
  test('lists the members again if it fails: the client has missed who joined meanwhile', async () => {
    const inner = openSqliteInMemory();
    const reading = { fails: undefined as Promise<never> | undefined };
    const { log } = inner;
    const store: Store = {
      ...inner,
      log: { ...log, readRoom: (read) => reading.fails ?? log.readRoom(read) },
    };
    const harness = new ChatHarness({ store });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: lobby } = await alice.join('lobby');
    const outage = Promise.withResolvers<never>();
    reading.fails = outage.promise;
    const resumed = resume(harness, alice, [{ roomId: lobby.id, lastSequence: 0 }]);
    await harness.settle();
    reading.fails = undefined;
    await bob.join('lobby');
    outage.reject(new StoreUnavailable('down'));

    assert.equal(contents((await resumed)[0]), 'UNAVAILABLE');
    const listed = alice.ofKind('members').map(({ members }) => members.map((m) => m.username));
    assert.deepEqual(listed, [['alice', 'bob']]);
  });

  test('brings exactly the missed events, then the new ones', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: lobby, state } = await bob.join('lobby');
    await alice.join('lobby');
    await alice.send('seen');
    bob.leave({ onPurpose: false });
    await alice.send('missed');

    const back = await harness.connect('bob');
    const [resumed] = await resume(harness, back, [
      { roomId: lobby.id, lastSequence: 1, epoch: state.head.epoch },
    ]);
    await alice.send('live');

    assert.deepEqual(contents(resumed), ['missed']);
    assert.deepEqual(back.messages, ['live']);
  });

  test('returns several rooms at once, in the order of the request', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const ops = (await alice.join('ops')).room;
    await alice.send('in ops');
    const lobby = (await alice.join('lobby')).room;
    await alice.send('in lobby', { roomId: lobby.id });
    for (const name of ['ops', 'lobby']) await bob.join(name);
    bob.leave();

    const back = await harness.connect('bob');
    const resumed = await resume(harness, back, [
      { roomId: lobby.id, lastSequence: 0 },
      { roomId: ops.id },
    ]);

    assert.deepEqual(resumed.map(contents), [['in lobby'], ['in ops']]);
  });

  test('rejects rooms that are gone or foreign, and opens the rest', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const lobby = (await bob.join('lobby')).room;
    const ops = (await alice.join('ops')).room;

    const back = await harness.connect('bob');
    const resumed = await resume(harness, back, [
      { roomId: newRoomId() },
      { roomId: ops.id },
      { roomId: lobby.id },
    ]);

    assert.deepEqual(resumed.map(contents), ['NOT_FOUND', 'FORBIDDEN', []]);
    assert.deepEqual(
      back.connection.openRooms.map(({ roomId }) => roomId),
      [lobby.id],
    );
  });

  test("replaces the client's state of another epoch", async () => {
    const harness = new ChatHarness();
    const bob = await harness.connect('bob');
    const lobby = (await bob.join('lobby')).room;
    await bob.send('hello');
    bob.leave();

    const back = await harness.connect('bob');
    const [resumed] = await resume(harness, back, [
      { roomId: lobby.id, lastSequence: 1, epoch: 'of a lost database' as Epoch },
    ]);

    assert.equal(resumed?.kind === 'opened' && resumed.state.truncated, true);
    assert.deepEqual(contents(resumed), ['hello']);
  });

  test('opens a room that is named twice once', async () => {
    const harness = new ChatHarness();
    const bob = await harness.connect('bob');
    const lobby = (await bob.join('lobby')).room;
    bob.leave();

    const back = await harness.connect('bob');
    const resumed = await resume(harness, back, [{ roomId: lobby.id }, { roomId: lobby.id }]);

    assert.equal(resumed.length, 1);
  });

  test('shows the others that the user is back', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const lobby = (await alice.join('lobby')).room;
    await bob.join('lobby');
    bob.leave({ onPurpose: false });

    await resume(harness, await harness.connect('bob'), [{ roomId: lobby.id }]);

    assert.deepEqual(
      alice.kinds().filter((kind) => kind.startsWith('user-')),
      ['user-joined', 'user-left', 'user-joined'],
    );
  });

  test('rejects for now what does not fit into one reply', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    const userId = alice.connection.user.id;
    const rooms: RoomId[] = [];
    for (let index = 0; index < 9; index += 1) {
      rooms.push((await alice.join(`room-${index}`)).room.id);
    }
    const last = rooms.at(-1);
    assert(last !== undefined);
    // 25 of these messages take the eighth part of a reply, but for 16 bytes.
    const content = '€'.repeat(5142);
    // Eight rooms with more than they may take of a reply.
    for (const roomId of rooms.slice(0, 8)) {
      await harness.store.log.commit(
        Array.from({ length: 60 }, () => command({ roomId, userId, content })),
      );
    }
    const back = await harness.connect('alice');

    const wanted = rooms.map((roomId) => ({ roomId, lastSequence: 0 }));
    const answers = await resume(harness, back, wanted);
    const later = await resume(harness, back, [{ roomId: last }]);

    assert.deepEqual(
      answers.map((room) => (room.kind === 'opened' ? 'opened' : room.error.code)),
      [...Array.from({ length: 8 }, () => 'opened'), 'UNAVAILABLE'],
    );
    assert.equal(later[0]?.kind, 'opened');
  });
});
