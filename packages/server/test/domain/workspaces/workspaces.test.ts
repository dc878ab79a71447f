import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ListedRoom } from '../../../src/model/listed-room.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { OPEN_TO_MEMBERS } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

async function school(store?: Store) {
  const harness = new ChatHarness(store && { store });
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const [ofAlice, ofBob] = [alice.connection.user, bob.connection.user];
  const { workspaces, workspaceMembers, channels } = harness.chat;
  const { workspace } = await workspaces.create(ofAlice, ' School ');
  const workspaceId = workspace.id;
  await workspaceMembers.set(ofAlice, { workspaceId, username: 'bob', role: 'member' });
  const maths = await channels.create(ofAlice, { workspaceId, name: 'Maths' });
  const join = (client: typeof alice, { room }: ListedRoom) => client.join(room.id);
  return {
    harness,
    workspaces,
    workspaceMembers,
    channels,
    workspaceId,
    maths,
    alice,
    bob,
    ofAlice,
    ofBob,
    join,
  };
}

describe('workspaces', () => {
  test('let only their members join their channels', async () => {
    const { harness, maths, alice, bob, join } = await school();
    const carol = await harness.connect('carol');

    await join(alice, maths);
    await join(bob, maths);
    await alice.send('hello');

    assert.deepEqual(bob.messages, ['hello']);
    await assert.rejects(join(carol, maths), { code: 'FORBIDDEN' });
  });

  test('send nothing to a removed user from the moment of removal', async () => {
    const { workspaceMembers, workspaceId, maths, alice, bob, ofAlice, join } = await school();
    await join(alice, maths);
    await join(bob, maths);

    await workspaceMembers.remove(ofAlice, { workspaceId, username: 'bob' });
    await alice.send('without you');

    const { id: roomId } = maths.room;
    assert.deepEqual(bob.messages, []);
    assert.deepEqual(bob.ofKind('room-left'), [
      { kind: 'room-left', roomId, reason: 'removed', sequence: 1, wasOpen: true },
    ]);
    assert.throws(() => bob.send('x', { roomId }), { code: 'NOT_IN_ROOM' });
    await assert.rejects(join(bob, maths), { code: 'FORBIDDEN' });
  });

  test('finish an interrupted removal at the next start', async () => {
    const { harness, workspaceId, maths, alice, bob, ofAlice, ofBob, join } = await school();
    await join(bob, maths);
    await harness.store.workspaces.changeWorkspaceMember({
      workspaceId,
      actorId: ofAlice.id,
      subjectId: ofBob.id,
      role: undefined,
      nowMs: 0,
    });

    await harness.chat.begin();
    await join(alice, maths);
    await alice.send('without you');

    assert.deepEqual(bob.messages, []);
    assert.equal(bob.ofKind('room-left').length, 1);
    await harness.chat.close();
  });

  test('finish a removal that failed halfway as soon as the store answers again', async () => {
    const plain = openSqliteInMemory();
    let isDown = false;
    const commit: Store['log']['commit'] = async (commands) => {
      if (isDown) throw new StoreUnavailable('down');
      return plain.log.commit(commands);
    };
    const store = { ...plain, log: { ...plain.log, commit } };
    const { harness, workspaceMembers, workspaceId, maths, alice, bob, ofAlice, ofBob, join } =
      await school(store);
    const { id: roomId } = maths.room;
    await join(alice, maths);
    await join(bob, maths);
    await alice.send('with you');

    isDown = true;
    const removal = { workspaceId, username: 'bob' };
    await assert.rejects(workspaceMembers.remove(ofAlice, removal), { code: 'UNAVAILABLE' });
    const page = { roomId, before: undefined, after: undefined, limit: 9 };
    await assert.rejects(harness.chat.history.readMessages(ofBob, page), { code: 'FORBIDDEN' });
    bob.leave();
    const again = await harness.connect('bob');
    await assert.rejects(again.join(roomId), { code: 'FORBIDDEN' });
    isDown = false;
    for (let seconds = 0; seconds < 30; seconds += 1) {
      harness.clock.advance(1000);
      await harness.settle();
    }

    assert.deepEqual(await store.workspaces.listStrayMemberships(9), []);
    assert.equal(again.ofKind('room-left').length, 1);
    await harness.chat.close();
  });

  test('let no user create a channel who is removed at that moment', async () => {
    const store = openSqliteInMemory();
    const { workspaceMembers, channels, workspaceId, ofAlice, ofBob } = await school(store);
    const { createChannel } = store.workspaces;
    store.workspaces.createChannel = async (...call) => {
      await workspaceMembers.remove(ofAlice, { workspaceId, username: 'bob' });
      return createChannel(...call);
    };

    const created = channels.create(ofBob, { workspaceId, name: 'Chess' });

    await assert.rejects(created, { code: 'NOT_FOUND' });
    assert.equal((await channels.list(ofAlice, workspaceId)).items.length, 1);
  });

  test('are hidden from users who are not in them', async () => {
    const { harness, workspaceMembers, channels, workspaceId } = await school();
    const carol = await harness.userOf('carol');
    const page = { workspaceId, after: undefined, limit: undefined };
    const unknown = { code: 'NOT_FOUND' };

    await assert.rejects(workspaceMembers.list(carol, page), unknown);
    await assert.rejects(channels.list(carol, workspaceId), unknown);
    await assert.rejects(channels.create(carol, { workspaceId, name: 'x' }), unknown);
    const input = { workspaceId, username: 'carol', role: 'owner' } as const;
    await assert.rejects(workspaceMembers.set(carol, input), unknown);
  });

  test('reject what a role does not allow, and never lose their last owner', async () => {
    const { harness, workspaces, workspaceMembers, channels, workspaceId, maths, ofAlice, ofBob } =
      await school();
    await harness.userOf('carol');
    const add = { workspaceId, username: 'carol', role: 'member' } as const;

    await assert.rejects(workspaceMembers.set(ofBob, add), { code: 'FORBIDDEN' });
    const rename = { roomId: maths.room.id, name: 'Chess' };
    await assert.rejects(channels.change(ofBob, rename), { code: 'FORBIDDEN' });
    await assert.rejects(workspaceMembers.remove(ofAlice, { workspaceId, username: 'alice' }), {
      code: 'CONFLICT',
    });
    await assert.rejects(workspaceMembers.remove(ofAlice, { workspaceId, username: 'nobody' }), {
      code: 'NOT_FOUND',
      details: { field: 'username' },
    });
    await assert.rejects(workspaces.create(ofAlice, ' '), {
      code: 'VALIDATION_ERROR',
      details: { field: 'name', message: 'The name is empty' },
    });
  });

  test('rename and archive channels with unique names', async () => {
    const { channels, workspaceId, maths, alice, ofAlice, join } = await school();
    const { id: roomId } = maths.room;
    await join(alice, maths);
    await alice.send('before');

    await assert.rejects(channels.create(ofAlice, { workspaceId, name: 'maths' }), {
      code: 'CONFLICT',
    });
    const changed = await channels.change(ofAlice, {
      roomId,
      name: 'Algebra',
      archived: true,
    });

    assert.equal(changed.room.name, 'Algebra');
    assert.deepEqual(alice.ofKind('room-changed'), [
      {
        ...{ kind: 'room-changed', roomId, name: 'Algebra', topic: '' },
        ...{ ...OPEN_TO_MEMBERS, slowModeSeconds: 0, archived: true, visibility: 'public' },
      },
    ]);
    assert.notEqual(changed.room.archivedAtMs, undefined);
    await assert.rejects(alice.send('after', { roomId }), { code: 'FORBIDDEN' });
    await channels.change(ofAlice, { roomId, archived: false });
    await alice.send('again', { roomId });
  });

  test('reject typing in an archived channel as they reject messages', async () => {
    const { harness, channels, maths, alice, bob, ofAlice, join } = await school();
    const { id: roomId } = maths.room;
    for (const client of [alice, bob]) await join(client, maths);
    const type = async (isTyping: boolean) =>
      harness.chat.typing.set(alice.connection, { roomId, isTyping });
    const archive = (archived: boolean) => channels.change(ofAlice, { roomId, archived });
    const isArchived = { code: 'FORBIDDEN', message: 'This room is archived' };
    for (const isTyping of [true, false]) await type(isTyping);

    await archive(true);
    for (const attempt of ['first', 'second']) {
      await assert.rejects(alice.send(attempt, { roomId }), isArchived);
      await assert.rejects(type(true), isArchived);
    }
    await type(false);
    await archive(false);
    harness.clock.advance(1000);
    await type(true);
    // Without this node: it learns of the change by rejected commands.
    await harness.store.rooms.changeRoom(roomId, { archivedAtMs: 1 }, undefined);
    await type(true);
    await assert.rejects(alice.send('x', { roomId }), isArchived);
    await assert.rejects(type(true), isArchived);

    assert.deepEqual(
      bob.ofKind('typing').map(({ isTyping }) => isTyping),
      [true, false, true, false],
    );
  });

  test('show no typing in a channel that was closed meanwhile', async () => {
    const { harness, maths, alice, bob, join } = await school();
    const { id: roomId } = maths.room;
    for (const client of [alice, bob]) await join(client, maths);

    const typed = harness.chat.typing.set(alice.connection, { roomId, isTyping: true });
    harness.chat.subscriptions.leave(alice.connection, roomId);
    await typed;

    assert.deepEqual(bob.ofKind('typing'), []);
  });
});
