import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { ChatHarness } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

describe('a notification level', () => {
  test('is sent to the other connections of the user, also on other nodes', async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob, roomId } = await nodes.inLobby();
    const tab = await nodes.one.connect('alice');
    const phone = await nodes.other.connect('alice');
    await nodes.settle();
    const { user } = alice.connection;

    await nodes.one.chat.notificationLevels.choose(
      { user, connection: alice.connection },
      { roomId, level: 'nothing' },
    );
    await nodes.settle();

    const event = { kind: 'notification-level', roomId, level: 'nothing' };
    assert.deepEqual(tab.ofKind('notification-level'), [event]);
    assert.deepEqual(phone.ofKind('notification-level'), [event]);
    assert.deepEqual(alice.ofKind('notification-level'), []);
    assert.deepEqual(bob.ofKind('notification-level'), []);
    const {
      rooms: [listed],
    } = await nodes.other.chat.roomLists.listOwn(user);
    assert.equal(listed?.membership?.notificationLevel, 'nothing');
    await nodes.close();
  });

  test('needs a membership', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room } = await alice.join('lobby');
    const choose = (roomId: RoomId) =>
      harness.chat.notificationLevels.choose(
        { user: bob.connection.user, connection: undefined },
        { roomId, level: 'nothing' },
      );

    await assert.rejects(choose(room.id), { code: 'FORBIDDEN' });
    await assert.rejects(choose('nowhere' as RoomId), { code: 'NOT_FOUND' });
  });
});
