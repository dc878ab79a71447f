/** Messages of the assistant in progress: start, growth and end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId, MessageId, UserId } from '@parley/protocol';
import {
  STREAMING_LASTS_MS,
  STREAMING_MAX,
} from '../../../src/core/messages/streaming-messages.ts';
import { LOBBY, messagePayload, OPS, range } from '../../fakes/builders.ts';
import { Scene } from '../../fakes/client.ts';

function grow(scene: Scene, content: string, draftId = 'd1', roomId = LOBBY): void {
  scene.server.sendEvent('message_progress', { roomId, draftId, content });
}

function streaming(scene: Scene): string[] {
  return scene.client.getSnapshot().streaming.map(({ content }) => content);
}

describe('a message in progress', () => {
  test('contains its content so far, each draft in its initial place', () => {
    const scene = Scene.inRooms('lobby', 'ops');

    grow(scene, 'One');
    grow(scene, 'Eins', 'd1', OPS);
    grow(scene, 'Uno', 'd2');
    grow(scene, 'One two');

    assert.deepEqual(streaming(scene), ['One two', 'Eins', 'Uno']);
  });

  test('ends when its message arrives, and no other draft ends with it', () => {
    const scene = Scene.inRooms('lobby');
    grow(scene, 'One');
    grow(scene, 'Uno', 'd2');
    const seen: number[] = [];
    scene.client.subscribe(() => {
      seen.push(scene.shown().length + streaming(scene).length);
    });

    scene.server.sendEvent(
      'chat_message',
      messagePayload(1, {
        id: 'm1' as MessageId,
        userId: 'u-ai' as UserId,
        sender: 'ai',
        content: 'One two',
        clientMessageId: 'd1' as ClientMessageId,
      }),
    );

    assert.deepEqual(scene.shown(), ['One two']);
    assert.deepEqual(streaming(scene), ['Uno']);
    // It was always in at least one of the two.
    assert(seen.every((count) => count >= 2));
  });

  test('stays while others write', () => {
    const scene = Scene.inRooms('lobby');
    grow(scene, 'One');

    scene.server.post('lobby', 'meanwhile');
    scene.server.flush();

    assert.deepEqual(streaming(scene), ['One']);
  });

  test('disappears without updates', () => {
    const scene = Scene.inRooms('lobby');
    grow(scene, 'One');
    scene.environment.advance(STREAMING_LASTS_MS - 1);
    grow(scene, 'One two');
    scene.environment.advance(STREAMING_LASTS_MS - 1);
    assert.deepEqual(streaming(scene), ['One two']);

    scene.environment.advance(1);

    assert.deepEqual(streaming(scene), []);
  });

  test('disappears when its room closes', () => {
    const scene = Scene.inRooms('lobby', 'ops');
    grow(scene, 'One');
    grow(scene, 'Eins', 'd1', OPS);

    scene.client.leaveRoom(LOBBY);
    assert.deepEqual(streaming(scene), ['Eins']);
    scene.server.sendEvent('room_left', { roomId: OPS, reason: 'removed' });

    assert.deepEqual(streaming(scene), []);
  });

  test('disappears when the connection is lost', () => {
    const scene = Scene.inRooms('lobby');
    grow(scene, 'One');

    scene.server.cut();

    assert.deepEqual(streaming(scene), []);
  });

  test('disappears when the room has caught up: the message may have been missed', () => {
    const scene = Scene.inRooms('lobby', 'ops');
    grow(scene, 'One');
    grow(scene, 'Eins', 'd1', OPS);

    scene.server.sendEvent('resync_required', { roomId: LOBBY, headSequence: 0 });

    assert.deepEqual(streaming(scene), ['Eins']);
  });

  test('is ignored in a room that is not open here', () => {
    const scene = Scene.inRooms('lobby');

    grow(scene, 'Eins', 'd1', OPS);

    assert.deepEqual(streaming(scene), []);
  });

  for (const count of [STREAMING_MAX - 1, STREAMING_MAX, STREAMING_MAX + 1]) {
    test(`is one of the latest ${STREAMING_MAX}: ${count} of them`, () => {
      const scene = Scene.inRooms('lobby');

      for (const number of range(1, count)) grow(scene, `${number}`, `d${number}`);

      const first = Math.max(1, count - STREAMING_MAX + 1);
      assert.deepEqual(streaming(scene), range(first, count).map(String));
    });
  }
});
