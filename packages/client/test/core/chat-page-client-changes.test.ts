/** Changes of messages: requested, and shown after the acknowledgement. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId, MessageId, ServerFrames, UserId } from '@parley/protocol';
import { REQUEST_TIMEOUT_MS } from '../../src/core/connection/pending-requests.ts';
import { toEntry, toStored } from '../../src/core/outbox/outbox-storage.ts';
import type { MessageChange } from '../../src/core/rooms/message-changes.ts';
import { timelineOf } from '../../src/core/rooms/timeline.ts';
import { ALICE_ID, BOB_ID, LOBBY, OPS } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { ALICE } from '../fakes/scripted-server.ts';

const COMMANDS = {
  react: 'add_reaction',
  unreact: 'remove_reaction',
  pin: 'pin_message',
  unpin: 'unpin_message',
  edit: 'edit_message',
  delete: 'delete_message',
} as const;

function sceneWithMessage(): Scene & { messageId: MessageId } {
  const scene = Scene.inRooms('lobby');
  scene.server.post('lobby', 'hello');
  scene.server.flush();
  const messageId = scene.room().log.messages[0]?.id;
  assert(messageId !== undefined);
  return Object.assign(scene, { messageId });
}

/** Requests a change, and acknowledges it with this sequence. */
async function change(
  scene: ReturnType<typeof sceneWithMessage>,
  wanted: MessageChange,
  sequence: number,
  more: Partial<ServerFrames['message_ack']> = {},
): Promise<void> {
  const { client, environment, messageId } = scene;
  const done = client.changeMessage({ roomId: LOBBY, messageId }, wanted);
  const asked = environment.socket.sentOf(COMMANDS[wanted.kind]).at(-1);
  const ack: ServerFrames['message_ack'] = {
    id: messageId,
    roomId: LOBBY,
    sequence,
    timestamp: '2026-01-31T12:00:00.000Z',
    duplicate: false,
    ...more,
  };
  environment.socket.deliver('message_ack', ack, asked?.id);
  await done;
}

describe('ChatClient: changes of messages', () => {
  test('keeps whom an edit has not reached, until another edit names others', async () => {
    const scene = sceneWithMessage();
    const edit = (content: string, notReached?: readonly UserId[]) =>
      change(scene, { kind: 'edit', content }, scene.room().log.position + 1, {
        ...(notReached && { notReached }),
      });
    const unreached = () => scene.room().log.messages[0]?.notReached;

    await edit('@bob', [BOB_ID]);
    assert.deepEqual(unreached(), [BOB_ID]);
    await edit('hello @bob');
    assert.deepEqual(unreached(), [BOB_ID]);
    await edit('hello @alice', [ALICE_ID]);
    assert.deepEqual(unreached(), [ALICE_ID]);
  });

  test('replaces the own vote in a poll with one choice', async () => {
    const scene = Scene.inRooms('lobby');
    const poll = { type: 'poll', option1: 'Tea', option2: 'Coffee' };
    scene.server.post('lobby', 'Drinks?', undefined, { attachments: [poll] });
    scene.server.flush();
    const messageId = scene.room().log.messages[0]?.id;
    assert(messageId !== undefined);
    const voted = Object.assign(scene, { messageId });
    const bob = { roomId: LOBBY, messageId, userId: BOB_ID, emoji: '1️⃣', others: [] };
    scene.server.sendEvent('reaction_added', { ...bob, sequence: 2, count: 1 });

    await change(voted, { kind: 'react', emoji: '1️⃣' }, 3);
    await change(voted, { kind: 'react', emoji: '2️⃣' }, 4);

    assert.deepEqual(scene.room().log.messages[0]?.reactions, [
      { emoji: '1️⃣', userIds: [BOB_ID], count: 1 },
      { emoji: '2️⃣', userIds: [ALICE_ID], count: 1 },
    ]);
  });

  test('adds a reaction to those of others, and removes it', async () => {
    const scene = sceneWithMessage();
    const { messageId } = scene;
    const reactions = () =>
      scene.room().log.messages[0]?.reactions.map(({ userIds, count }) => [userIds, count]);
    const bob = { roomId: LOBBY, messageId, userId: BOB_ID, emoji: '👍' };
    scene.server.sendEvent('reaction_added', { ...bob, sequence: 2, count: 1 });

    await change(scene, { kind: 'react', emoji: '👍' }, 3);
    assert.deepEqual(reactions(), [[[BOB_ID, ALICE_ID], 2]]);
    await change(scene, { kind: 'react', emoji: '👍' }, 4);
    assert.deepEqual(reactions(), [[[BOB_ID, ALICE_ID], 2]]);
    await change(scene, { kind: 'unreact', emoji: '👍' }, 5);

    assert.deepEqual(reactions(), [[[BOB_ID], 1]]);
    assert.equal(scene.room().log.position, 5);
  });

  test('fetches a change that the server acknowledges after it was given up', async () => {
    const scene = sceneWithMessage();
    const { client, environment, messageId } = scene;
    const edit = client.changeMessage(
      { roomId: LOBBY, messageId },
      { kind: 'edit', content: 'hi' },
    );
    const [asked] = environment.socket.sentOf('edit_message');
    assert(asked !== undefined);
    environment.advance(REQUEST_TIMEOUT_MS);
    await assert.rejects(edit, { code: 'UNAVAILABLE' });

    const { clientMessageId } = asked.payload as { readonly clientMessageId: ClientMessageId };
    const ack = { id: messageId, roomId: LOBBY, clientMessageId, sequence: 2, duplicate: false };
    const timestamp = '2026-01-31T12:00:00.000Z';
    environment.socket.deliver('message_ack', { ...ack, timestamp }, asked.id);

    assert.equal(environment.socket.sentOf('resume').length, 1);
    environment.socket.deliver('message_ack', { ...ack, sequence: 1, timestamp }, asked.id);
    assert.equal(environment.socket.sentOf('resume').length, 1);
  });

  test('sends an emoji in the form in which the server stores it', async () => {
    const scene = sceneWithMessage();
    const shown = () => scene.room().log.messages[0]?.reactions.map(({ emoji }) => emoji);

    await change(scene, { kind: 'react', emoji: '\u2764' }, 2);
    assert.deepEqual(shown(), ['\u2764\ufe0f']);
    await change(scene, { kind: 'unreact', emoji: '\u2764' }, 3);
    assert.deepEqual(shown(), []);
    const sent = ['add_reaction', 'remove_reaction'] as const;
    for (const type of sent) {
      const [frame] = scene.environment.socket.sentOf(type);
      const payload = frame?.payload as { readonly emoji: string } | undefined;
      assert.equal(payload?.emoji, '\u2764\ufe0f');
    }
  });

  test('rejects a reaction that is not an emoji', async () => {
    const { client, messageId } = sceneWithMessage();
    const target = { roomId: LOBBY, messageId };

    for (const kind of ['react', 'unreact'] as const) {
      const changed = client.changeMessage(target, { kind, emoji: 'heart' });
      await assert.rejects(changed, { code: 'VALIDATION_ERROR' });
    }
  });

  test('pins and unpins', async () => {
    const scene = sceneWithMessage();
    const isPinned = () => scene.room().log.messages[0]?.isPinned;

    await change(scene, { kind: 'pin' }, 2);
    assert.equal(isPinned(), true);
    await change(scene, { kind: 'unpin' }, 3);

    assert.equal(isPinned(), false);
  });

  test('edits a message, and shows when', async () => {
    const scene = sceneWithMessage();

    await change(scene, { kind: 'edit', content: '  hello again ' }, 2);

    const [message] = scene.room().log.messages;
    assert.equal(message?.content, 'hello again');
    assert.equal(message?.editedAtMs, Date.parse('2026-01-31T12:00:00.000Z'));
    const [sent] = scene.environment.socket.sentOf('edit_message');
    assert.equal((sent?.payload as { content?: string } | undefined)?.content, 'hello again');
  });

  test('rejects an edit without text', async () => {
    const scene = sceneWithMessage();
    const target = { roomId: LOBBY, messageId: scene.messageId };

    const edit = scene.client.changeMessage(target, { kind: 'edit', content: ' ' });

    await assert.rejects(edit, { code: 'VALIDATION_ERROR' });
  });

  test('deletes a message', async () => {
    const scene = sceneWithMessage();

    await change(scene, { kind: 'delete' }, 2);

    const [message] = scene.room().log.messages;
    assert.equal(message?.isDeleted, true);
    assert.equal(message.content, '');
  });

  test('sends a deletion after 5 s, and nothing if it was undone before', () => {
    const scene = sceneWithMessage();
    const { client, environment, messageId } = scene;
    const sent = () => environment.socket.sentOf('delete_message').length;
    const state = () => client.getSnapshot().deletions.get(messageId)?.kind;

    client.deleteLater({ roomId: LOBBY, messageId });
    assert.equal(state(), 'waiting');
    environment.advance(4_999);
    assert.equal(sent(), 0);
    client.undoDelete(messageId);
    environment.advance(10_000);
    assert.equal(state(), undefined);
    assert.equal(sent(), 0);

    client.deleteLater({ roomId: LOBBY, messageId });
    environment.advance(5_000);
    assert.equal(sent(), 1);
    assert.equal(state(), 'sending');
  });

  test('sends waiting deletions when the client closes', () => {
    const scene = sceneWithMessage();

    scene.client.deleteLater({ roomId: LOBBY, messageId: scene.messageId });
    scene.client.close();

    assert.equal(scene.environment.socket.sentOf('delete_message').length, 1);
  });

  test('sends a reply with its parent, and counts it there', () => {
    const scene = sceneWithMessage();
    const { client, messageId } = scene;

    client.send(LOBBY, 'an answer', { replyTo: messageId });
    const [sent] = scene.environment.socket.sentOf('chat_message');
    assert.equal(
      (sent?.payload as { parentMessageId?: string } | undefined)?.parentMessageId,
      messageId,
    );
    scene.server.flush();

    const [parent, reply] = scene.room().log.messages;
    assert.equal(parent?.replyCount, 1);
    assert.equal(reply?.parentId, messageId);
  });

  test('sends a reply that is also a message of the room, with the same flag on every attempt', () => {
    const scene = sceneWithMessage();
    const { client, messageId } = scene;

    const id = client.send(LOBBY, 'for all', { replyTo: messageId, alsoToRoom: true });
    const timeline = () => {
      const { outbox, clockOffsetMs } = client.getSnapshot();
      return timelineOf(scene.room(), outbox, { self: ALICE, clockOffsetMs }).at(-1);
    };
    assert.deepEqual([timeline()?.parentId, timeline()?.alsoToRoom], [messageId, true]);
    const entry = client.outbox.find(id);
    assert(entry !== undefined);
    // As a reload finds it.
    const restored = toEntry(JSON.parse(JSON.stringify(toStored(entry))));
    assert.equal(restored.alsoToRoom, true);
    const [sent] = scene.environment.socket.sentOf('chat_message');
    assert.equal((sent?.payload as { alsoToRoom?: boolean } | undefined)?.alsoToRoom, true);
    scene.server.flush();

    assert.equal(scene.room().log.messages.at(-1)?.alsoToRoom, true);
    assert.deepEqual([timeline()?.delivery.kind, timeline()?.alsoToRoom], ['sent', true]);
  });

  test('uses a new id for each request', async () => {
    const scene = sceneWithMessage();

    await change(scene, { kind: 'react', emoji: '👍' }, 2);
    await change(scene, { kind: 'react', emoji: '🎉' }, 3);

    const ids = scene.environment.socket
      .sentOf('add_reaction')
      .map(({ payload }) => (payload as { clientMessageId?: string }).clientMessageId);
    assert.equal(new Set(ids).size, 2);
  });

  test('changes nothing if the server rejects it, and throws the reason', async () => {
    const scene = sceneWithMessage();
    const { messageId } = scene;
    scene.server.rejections.push({ type: 'pin_message', code: 'FORBIDDEN' });

    const done = scene.client.changeMessage({ roomId: LOBBY, messageId }, { kind: 'pin' });
    scene.server.flush();

    await assert.rejects(done, { code: 'FORBIDDEN' });
    assert.equal(scene.room().log.messages[0]?.isPinned, false);
  });

  test('throws UNAVAILABLE if the answer was lost, or nothing could be sent', async () => {
    const scene = sceneWithMessage();
    const target = { roomId: LOBBY, messageId: scene.messageId };

    const cut = scene.client.changeMessage(target, { kind: 'pin' });
    scene.server.cut();
    await assert.rejects(cut, { code: 'UNAVAILABLE' });

    await assert.rejects(scene.client.changeMessage(target, { kind: 'pin' }), {
      code: 'UNAVAILABLE',
    });
  });

  test('ignores messages and rooms that are not loaded', async () => {
    const scene = sceneWithMessage();
    const before = scene.client.getSnapshot();
    const far = { roomId: OPS, messageId: 'm9' as MessageId, userId: BOB_ID };

    scene.server.sendEvent('message_pinned', { ...far, sequence: 7 });

    assert.equal(scene.client.getSnapshot(), before);
  });
});
