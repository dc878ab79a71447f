import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { RecentEvents } from '../../../src/domain/delivery/recent-events.ts';
import type { RoomEvent } from '../../../src/model/room-event.ts';
import { EPOCH, messageEvent, NOON_MS, newRoomId, newUserId } from '../../support/records.ts';

const roomId = newRoomId();
const place = (sequence: number) => ({
  roomId,
  sequence,
  ordinal: 1,
  epoch: EPOCH,
  actorId: newUserId(),
  createdAtMs: NOON_MS,
});

describe('RecentEvents', () => {
  test('keeps at least the latest events, and returns those above a sequence', () => {
    const tail = new RecentEvents(3);
    for (let sequence = 11; sequence <= 30; sequence += 1)
      tail.push(messageEvent(roomId, sequence));

    assert.equal(tail.reaches(27), true);
    assert.equal(tail.reaches(10), false);
    assert.deepEqual(
      tail.after(28).map(({ sequence }) => sequence),
      [29, 30],
    );
    assert.deepEqual(
      tail.after(27, 2).map(({ sequence }) => sequence),
      [28, 29],
    );
    assert.deepEqual(tail.after(30), []);
  });

  test('reaches nothing while it is empty', () => {
    assert.equal(new RecentEvents(3).reaches(0), false);
  });

  test('starts again after it is cleared', () => {
    const tail = new RecentEvents(3);
    tail.push(messageEvent(roomId, 1));

    tail.clear();
    assert.equal(tail.reaches(0), false);
    tail.push(messageEvent(roomId, 2));

    assert.deepEqual([tail.reaches(0), tail.reaches(1)], [false, true]);
  });

  test('removes a deleted text with its edits and attachments', () => {
    const tail = new RecentEvents(10);
    const said = messageEvent(roomId, 1);
    assert(said.kind === 'message');
    const messageId: MessageId = said.message.id;
    const edit = { kind: 'edit', messageId, content: 'secret', editedAtMs: NOON_MS } as const;
    const events: RoomEvent[] = [
      { ...said, message: { ...said.message, content: 'a secret', attachments: ['/secret'] } },
      { ...place(2), ...edit },
      { ...place(3), kind: 'deletion', messageId },
    ];

    for (const event of events) tail.push(event);

    assert.doesNotMatch(JSON.stringify(tail.after(0)), /secret/);
    assert.deepEqual(
      tail.after(0).map(({ kind }) => kind),
      ['message', 'deletion', 'deletion'],
    );
  });
});
