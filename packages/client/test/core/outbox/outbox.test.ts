import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError, type ClientFrame, type MessageId, type UserId } from '@parley/protocol';
import { REQUEST_TIMEOUT_MS } from '../../../src/core/connection/pending-requests.ts';
import { OUTBOX_ENTRIES_MAX } from '../../../src/core/outbox/outbox-state.ts';
import { LOBBY, OPS, range } from '../../fakes/builders.ts';
import { Scene } from '../../fakes/client.ts';
import { settle } from '../../fakes/fake-environment.ts';

function sentTexts(scene: Scene): string[] {
  return scene.environment.socket
    .sentOf('chat_message')
    .map((frame) => (frame.type === 'chat_message' ? frame.payload.content : ''));
}

function idOf(frame: ClientFrame | undefined): string | undefined {
  return frame?.type === 'chat_message' ? frame.payload.clientMessageId : undefined;
}

describe('outbox', () => {
  test('shows a message immediately as pending, then as sent, under the same key', () => {
    const scene = Scene.inRooms('lobby');

    scene.client.send(LOBBY, ' hello ');
    assert.deepEqual(scene.shown(), ['hello (pending)']);
    const key = scene.timeline()[0]?.key;
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['hello']);
    assert.equal(scene.timeline()[0]?.key, key);
    assert.deepEqual(scene.client.getSnapshot().outbox, []);
  });

  test('shows the message exactly once at every notification', () => {
    const scene = Scene.inRooms('lobby');
    const seen = new Set<number>();
    scene.client.send(LOBBY, 'hello');
    scene.client.subscribe(() => seen.add(scene.shown().length));

    scene.server.flush();

    assert.deepEqual([...seen], [1]);
  });

  test('has one pending message per room, in the order of writing', () => {
    const scene = Scene.inRooms('lobby', 'ops');

    for (const text of ['one', 'two', 'three']) scene.client.send(LOBBY, text);
    scene.client.send(OPS, 'elsewhere');
    assert.deepEqual(sentTexts(scene), ['one', 'elsewhere']);
    scene.server.flush();

    assert.deepEqual(scene.stored(), ['one', 'two', 'three']);
    assert.deepEqual(scene.stored('ops'), ['elsewhere']);
  });

  test('keeps messages without a connection, and sends them after the catch-up', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.cut();
    scene.client.send(LOBBY, 'one');
    scene.client.send(LOBBY, 'two');
    scene.server.post('lobby', 'from bob');

    scene.reconnect();
    const types = scene.environment.socket.sent.map(({ type }) => type);
    scene.server.flush();

    assert.equal(types.includes('chat_message'), false);
    assert.deepEqual(scene.shown(), ['from bob', 'one', 'two']);
    assert.deepEqual(scene.stored(), ['from bob', 'one', 'two']);
  });

  test('resends a message whose acknowledgement was lost with the same id, and shows it once', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.send(LOBBY, 'hello');
    const [first] = scene.environment.socket.sentOf('chat_message');
    scene.environment.advance(REQUEST_TIMEOUT_MS);
    assert.deepEqual(scene.shown(), ['hello (pending)']);

    scene.environment.advance(1_000);

    const [, second] = scene.environment.socket.sentOf('chat_message');
    assert.notEqual(idOf(first), undefined);
    assert.equal(idOf(second), idOf(first));
    scene.server.flush();
    assert.deepEqual(scene.shown(), ['hello']);
    assert.deepEqual(scene.stored(), ['hello']);
  });

  test('finds a message that was stored before the loss in the catch-up, and does not resend it', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.send(LOBBY, 'hello');
    scene.server.cut();

    scene.reconnect();
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['hello']);
    assert.deepEqual(scene.environment.socket.sentOf('chat_message'), []);
  });

  test('resends a message that the truncated history does not contain, and shows no old copy', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.send(LOBBY, 'hello');
    scene.server.cut();
    scene.server.catchUpMax = 3;
    scene.server.historyOnJoin = 2;
    for (const n of range(1, 5)) scene.server.post('lobby', `news ${n}`);

    scene.reconnect();
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['news 4', 'news 5']);
    assert.equal(scene.stored().filter((text) => text === 'hello').length, 1);
    assert.deepEqual(scene.client.getSnapshot().outbox, []);
  });

  test('settles a message by its copy in the stream, and accepts the late acknowledgement', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.send(LOBBY, 'hello');
    const stored = scene.server.room('lobby').messages[0] ?? assert.fail('it was not stored');

    scene.environment.socket.deliver('chat_message', stored);
    assert.deepEqual(scene.shown(), ['hello']);
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['hello']);
  });

  test('does not settle by a message of another user with the same client id', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.send(LOBBY, 'hello');
    const stored = scene.server.room('lobby').messages[0] ?? assert.fail('it was not stored');

    const userId = 'u-mallory' as UserId;
    scene.environment.socket.deliver('chat_message', { ...stored, userId, sender: 'mallory' });

    assert.equal(scene.client.getSnapshot().outbox.length, 1);
  });

  test('waits as long as the server asks, with everything behind it, then continues', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.rejections.push({ type: 'chat_message', code: 'RATE_LIMITED', retryAfter: 7 });
    scene.client.send(LOBBY, 'one');
    scene.client.send(LOBBY, 'two');
    scene.server.flush();

    scene.environment.advance(6_999);
    assert.deepEqual(scene.shown(), ['one (pending)', 'two (pending)']);
    assert.equal(sentTexts(scene).length, 1);
    scene.environment.advance(1);
    scene.server.flush();

    assert.deepEqual(scene.stored(), ['one', 'two']);
  });

  test('resends after UNAVAILABLE with the same id, later each time', () => {
    const scene = Scene.inRooms('lobby');
    for (let tries = 0; tries < 3; tries += 1) {
      scene.server.rejections.push({ type: 'chat_message', code: 'UNAVAILABLE' });
    }
    scene.client.send(LOBBY, 'hello');
    const waits: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      scene.server.flush();
      const [entry] = scene.client.getSnapshot().outbox;
      assert(entry?.state.kind === 'held');
      waits.push(entry.state.untilMs - scene.environment.nowMs());
      scene.environment.advance(entry.state.untilMs - scene.environment.nowMs());
    }
    scene.server.flush();

    assert.deepEqual(waits, [500, 1_000, 2_000]);
    assert.equal(new Set(scene.environment.socket.sentOf('chat_message').map(idOf)).size, 1);
    assert.deepEqual(scene.stored(), ['hello']);
  });

  test('shows the reason of a rejection, and sends the next message', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.rejections.push({ type: 'chat_message', code: 'FORBIDDEN' });

    scene.client.send(LOBBY, 'one');
    scene.client.send(LOBBY, 'two');
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['two', 'one (failed)']);
    const [entry] = scene.client.getSnapshot().outbox;
    assert(entry?.state.kind === 'failed');
    assert.equal(entry.state.code, 'FORBIDDEN');
    assert.equal(entry.state.message, 'rejected with FORBIDDEN');
  });

  test('retries a failed message on demand, with the same id', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.rejections.push({ type: 'chat_message', code: 'FORBIDDEN' });
    scene.client.send(LOBBY, 'hello');
    scene.server.flush();
    const [entry] = scene.client.getSnapshot().outbox;
    assert(entry !== undefined);

    scene.client.retry(entry.clientMessageId);
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['hello']);
    assert.equal(scene.server.room('lobby').messages[0]?.clientMessageId, entry.clientMessageId);
  });

  test('discards a failed message on demand, but not one that may be stored', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.send(LOBBY, 'under way');
    const [pending] = scene.client.getSnapshot().outbox;
    assert(pending !== undefined);
    scene.client.discard(pending.clientMessageId);
    assert.deepEqual(scene.shown(), ['under way (pending)']);

    scene.server.rejections.push({ type: 'chat_message', code: 'FORBIDDEN' });
    scene.server.flush();
    scene.client.send(LOBBY, 'refused');
    scene.server.flush();
    const [failed] = scene.client.getSnapshot().outbox;
    assert(failed !== undefined);
    scene.client.discard(failed.clientMessageId);

    assert.deepEqual(scene.shown(), ['under way']);
  });

  test('sends the new text of a message that was edited in the queue', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.cut();
    const id = scene.client.send(LOBBY, 'a tpyo');
    void scene.client.editUnsent(id, ' a typo ');
    assert.deepEqual(scene.shown(), ['a typo (pending)']);

    scene.reconnect();
    scene.server.flush();
    assert.deepEqual(scene.stored(), ['a typo']);
  });

  test('sends a failed message again that was edited, with the same id', async () => {
    const scene = Scene.inRooms('lobby');
    scene.server.rejections.push({ type: 'chat_message', code: 'FORBIDDEN' });
    const id = scene.client.send(LOBBY, 'rejected');
    scene.server.flush();

    await scene.client.editUnsent(id, 'accepted');
    scene.server.flush();
    assert.deepEqual(scene.shown(), ['accepted']);
    assert.equal(scene.server.room('lobby').messages[0]?.clientMessageId, id);
    await assert.rejects(scene.client.editUnsent(id, ' '), { code: 'VALIDATION_ERROR' });
  });

  test('edits a message that may be stored as soon as it is', async () => {
    const scene = Scene.inRooms('lobby');
    const id = scene.client.send(LOBBY, 'under way');
    const edited = scene.client.editUnsent(id, 'changed');
    scene.server.flush();
    assert.deepEqual(scene.stored(), ['under way']);
    await settle();

    const [edit] = scene.environment.socket.sentOf('edit_message');
    assert(edit?.type === 'edit_message');
    assert.equal(edit.payload.content, 'changed');

    // The outcome of the edit is unknown: it is sent again.
    scene.server.cut();
    await settle();
    scene.reconnect();
    scene.server.flush();
    await settle();
    const again = scene.environment.socket.sentOf('edit_message').at(-1);
    assert(again?.type === 'edit_message');
    assert.equal(again.payload.content, 'changed');
    scene.environment.socket.deliver(
      'message_ack',
      {
        // Ids are branded strings: the brand exists for the compiler only.
        id: again.payload.messageId as MessageId,
        roomId: LOBBY,
        sequence: 2,
        timestamp: '2026-01-31T12:00:00.000Z',
        duplicate: false,
      },
      again.id,
    );
    await edited;
    assert.deepEqual(scene.shown(), ['changed']);
    assert.deepEqual(scene.client.getSnapshot().outbox, []);
  });

  test('fails queued messages of a room that the server no longer opens', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.cut();
    scene.client.send(LOBBY, 'hello');
    scene.server.forbidden.add(LOBBY);

    scene.reconnect();
    scene.server.flush();

    const [entry] = scene.client.getSnapshot().outbox;
    assert(entry?.state.kind === 'failed');
    assert.equal(entry.state.code, 'FORBIDDEN');
  });

  test('keeps queued messages of a room that was left, and sends them when it is open again', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.cut();
    scene.client.send(LOBBY, 'hello');
    scene.client.leaveRoom(LOBBY);
    scene.reconnect();
    scene.server.flush();
    assert.deepEqual(scene.stored(), []);

    scene.client.openRoom(LOBBY);
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['hello']);
  });

  for (const [title, text] of [
    ['an empty text', ''],
    ['a blank text', ' \n\t '],
    ['a text above 10,000 code points', '🙂'.repeat(10_001)],
  ] as const) {
    test(`rejects ${title}`, () => {
      const scene = Scene.inRooms('lobby');

      assert.throws(() => scene.client.send(LOBBY, text), { code: 'VALIDATION_ERROR' });
      assert.deepEqual(scene.client.getSnapshot().outbox, []);
    });
  }

  test('accepts 10,000 code points, and sends them in the stored form', () => {
    const scene = Scene.inRooms('lobby');

    scene.client.send(LOBBY, `${'🙂'.repeat(9_999)}e\u0301`);
    scene.server.flush();

    assert.deepEqual(scene.stored(), [`${'🙂'.repeat(9_999)}\u00e9`]);
  });

  test('is full at its limit: the text stays with its author', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.cut();
    for (const n of range(1, OUTBOX_ENTRIES_MAX)) scene.client.send(LOBBY, `text ${n}`);

    assert.throws(
      () => scene.client.send(LOBBY, 'one too many'),
      (error) => error instanceof ChatError && error.code === 'UNAVAILABLE',
    );
    scene.reconnect();
    scene.server.flush();

    assert.equal(scene.stored().length, OUTBOX_ENTRIES_MAX);
  });
});
