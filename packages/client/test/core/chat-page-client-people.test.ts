import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { ALICE_ID, BOB_ID, LOBBY, OPS, range } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { memberOf } from '../fakes/scripted-native.ts';
import { BOB } from '../fakes/scripted-server.ts';

const BOB_IN_LOBBY = { roomId: LOBBY, userId: BOB_ID, username: 'bob' };

describe('ChatClient: people', () => {
  test('shows joins and leaves, and presence', () => {
    const scene = Scene.inRooms('lobby');

    scene.server.sendEvent('user_joined', BOB_IN_LOBBY);
    assert.equal(scene.client.getSnapshot().presence.get(BOB_ID)?.isOnline, true);
    assert.equal(scene.room().memberCount, 2);
    scene.server.sendEvent('presence_update', { ...memberOf(BOB), status: 'away' });
    assert.equal(scene.client.getSnapshot().presence.get(BOB_ID)?.status, 'away');
    scene.server.sendEvent('user_left', BOB_IN_LOBBY);

    assert.equal(scene.room().memberCount, 1);
  });

  test('shows a user who joins as online, or as the next presence update says', () => {
    const scene = Scene.inRooms('lobby');
    const known = () => scene.client.getSnapshot().presence.get(BOB_ID);

    scene.server.sendEvent('user_joined', BOB_IN_LOBBY);
    scene.server.sendEvent('presence_update', { ...memberOf(BOB), status: 'busy' });
    assert.equal(known()?.status, 'busy');
    scene.server.sendEvent('user_joined', BOB_IN_LOBBY);

    assert.equal(known()?.status, 'online');
  });

  test('knows whether others show the same name', () => {
    const scene = Scene.inRooms('lobby');
    const shown = () => {
      const { displayName, nameShared } = scene.client.getSnapshot().presence.get(BOB_ID) ?? {};
      return [displayName, nameShared];
    };
    const named = { ...memberOf(BOB), displayName: 'Ana' };

    scene.server.sendEvent('presence_update', { ...named, nameShared: true });
    assert.deepEqual(shown(), ['Ana', true]);
    scene.server.sendEvent('presence_update', named);

    assert.deepEqual(shown(), ['Ana', undefined]);
  });

  test('treats an unsolicited member list as complete, and an answer as a page', () => {
    const scene = Scene.inRooms('lobby');
    const list = { roomId: LOBBY, members: [memberOf(BOB)], memberCount: 1 };

    scene.environment.socket.deliver('member_list', list, 'q99');
    assert.deepEqual([...scene.room().members.keys()], [ALICE_ID]);
    scene.environment.socket.deliver('member_list', list);

    assert.deepEqual([...scene.room().members.keys()], [BOB_ID]);
  });

  test('follows the member count of a large room', () => {
    const scene = Scene.inRooms('lobby');

    scene.server.sendEvent('member_count', { roomId: LOBBY, memberCount: 4321 });
    scene.server.sendEvent('member_count', { roomId: OPS, memberCount: 7 });

    assert.equal(scene.room().memberCount, 4321);
    assert.deepEqual([...scene.room().members.keys()], [ALICE_ID]);
  });

  test('shows typing users until they send, leave, stop or are silent for 6 s', () => {
    const scene = Scene.inRooms('lobby');
    const typists = (): string[] =>
      scene.client.getSnapshot().typing.map(({ username }) => username);
    const begin = (): void => {
      scene.server.sendEvent('user_typing', { ...BOB_IN_LOBBY, isTyping: true });
      assert.deepEqual(typists(), ['bob']);
    };

    begin();
    scene.server.sendEvent('user_typing', { ...BOB_IN_LOBBY, isTyping: false });
    assert.deepEqual(typists(), []);

    begin();
    scene.server.post('lobby', 'hello');
    scene.server.flush();
    assert.deepEqual(typists(), []);

    begin();
    scene.server.sendEvent('user_left', BOB_IN_LOBBY);
    assert.deepEqual(typists(), []);

    begin();
    scene.environment.advance(5_999);
    begin();
    scene.environment.advance(5_999);
    assert.deepEqual(typists(), ['bob']);
    scene.environment.advance(1);
    assert.deepEqual(typists(), []);
  });

  test('ignores typing in a room that is not open here', () => {
    const scene = Scene.inRooms('lobby');

    scene.server.sendEvent('user_typing', { ...BOB_IN_LOBBY, roomId: OPS, isTyping: true });

    assert.deepEqual(scene.client.getSnapshot().typing, []);
  });

  test('removes the users with the oldest updates above its limit', () => {
    const scene = Scene.inRooms('lobby');
    for (const n of range(1, 5_001)) {
      const id = `u-${n}` as UserId;
      scene.environment.socket.deliver('presence_update', memberOf({ id, username: `user-${n}` }));
    }

    const { presence } = scene.client.getSnapshot();
    assert.equal(presence.size, 5_000);
    assert.equal(presence.has(ALICE_ID), false);
    assert(presence.has('u-5001' as UserId));
  });
});
