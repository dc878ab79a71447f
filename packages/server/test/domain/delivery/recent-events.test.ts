import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { ClientMemoryBudget } from '../../../src/domain/delivery/client-memory-budget.ts';
import { RecentEvents } from '../../../src/domain/delivery/recent-events.ts';
import type { RoomEvent } from '../../../src/model/room-event.ts';
import { EPOCH, messageEvent, NOON_MS, newRoomId, newUserId } from '../../support/records.ts';

const recentEvents = (eventsMax: number, bytesMax = 256 * 1024 * 1024) =>
  new RecentEvents(eventsMax, new ClientMemoryBudget(bytesMax));
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
    const tail = recentEvents(3);
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
    assert.equal(recentEvents(3).reaches(0), false);
  });

  test('starts again after it is cleared', () => {
    const tail = recentEvents(3);
    tail.push(messageEvent(roomId, 1));

    tail.clear();
    assert.equal(tail.reaches(0), false);
    tail.push(messageEvent(roomId, 2));

    assert.deepEqual([tail.reaches(0), tail.reaches(1)], [false, true]);
  });

  test('removes a deleted text with its edits and attachments', () => {
    const tail = recentEvents(10);
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

describe('the bytes of RecentEvents', () => {
  const longEvent = (sequence: number): RoomEvent => {
    const event = messageEvent(roomId, sequence);
    assert(event.kind === 'message');
    return { ...event, message: { ...event.message, content: 'x'.repeat(10_000) } };
  };

  test('are bounded, whatever the number of events', () => {
    const budget = new ClientMemoryBudget(256 * 1024 * 1024);
    const tail = new RecentEvents(1000, budget);

    for (let sequence = 1; sequence <= 1000; sequence += 1) tail.push(longEvent(sequence));

    assert(budget.bytes.recentEvents <= 1024 * 1024);
    assert.equal(tail.reaches(950), true);
    assert.equal(tail.reaches(1), false);
  });

  test('are given back when the events are dropped', () => {
    const budget = new ClientMemoryBudget(256 * 1024 * 1024);
    const tail = new RecentEvents(1000, budget);
    tail.push(longEvent(1));

    tail.clear();

    assert.equal(budget.bytes.recentEvents, 0);
  });

  test('of all rooms together fit into the budget', () => {
    const budget = new ClientMemoryBudget(1024 * 1024);
    const tails = Array.from({ length: 10 }, () => new RecentEvents(1000, budget));

    for (const tail of tails) {
      for (let sequence = 1; sequence <= 30; sequence += 1) tail.push(longEvent(sequence));
    }

    assert(budget.bytes.recentEvents <= 1024 * 1024);
    assert.equal(tails.at(-1)?.reaches(29), true);
    assert.equal(tails.at(0)?.reaches(29), false);
  });
});
