/** Attachments in the native dialect: sent and shown with the text, removed with the message. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { LOBBY, messagePayload, OPS } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';

const ATTACHMENTS = ['/uploads/1', { name: 'a.png', size: 3 }];

const carried = (scene: Scene) => scene.timeline().map(({ attachments }) => attachments);
const sentAttachments = ({ environment }: Scene) =>
  environment.socket
    .sentOf('chat_message')
    .map(({ payload }) => (payload as { attachments?: unknown }).attachments);

describe('attachments of a message', () => {
  test('are shown immediately, sent with it, and shown when it is stored', () => {
    const scene = Scene.inRooms('lobby');

    scene.client.send(LOBBY, 'look', { attachments: ATTACHMENTS });
    assert.deepEqual(scene.shown(), ['look (pending)']);
    assert.deepEqual(carried(scene), [ATTACHMENTS]);
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['look']);
    assert.deepEqual(carried(scene), [ATTACHMENTS]);
    assert.deepEqual(sentAttachments(scene), [ATTACHMENTS]);
  });

  test('are sent again after a connection loss', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.rejections.push({ type: 'chat_message', code: 'UNAVAILABLE', retryAfter: 1 });
    scene.client.send(LOBBY, 'look', { attachments: ATTACHMENTS });
    scene.server.flush();

    scene.environment.advance(2000);

    assert.deepEqual(sentAttachments(scene), [ATTACHMENTS, ATTACHMENTS]);
  });

  test('are empty if none are given, and are not sent then', () => {
    const scene = Scene.inRooms('lobby', 'ops');

    scene.client.send(LOBBY, 'bare');
    scene.client.send(OPS, 'empty', { attachments: [] });
    scene.server.flush();

    assert.deepEqual(carried(scene), [[]]);
    assert.deepEqual(sentAttachments(scene), [undefined, undefined]);
  });

  test('arrive from others, survive an edit, and are removed by a deletion', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.sendEvent('chat_message', messagePayload(1, { attachments: ATTACHMENTS }));
    assert.deepEqual(carried(scene), [ATTACHMENTS]);

    const change = {
      roomId: LOBBY,
      messageId: 'm1' as MessageId,
      userId: messagePayload(1).userId,
    };
    const editedAt = messagePayload(2).timestamp;
    scene.server.sendEvent('message_edited', { ...change, sequence: 2, content: 'new', editedAt });
    assert.deepEqual(carried(scene), [ATTACHMENTS]);
    scene.server.sendEvent('message_deleted', { ...change, sequence: 3 });

    assert.deepEqual(carried(scene), [[]]);
  });
});
