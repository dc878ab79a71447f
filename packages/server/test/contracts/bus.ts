/**
 * Contract of every bus. A bus may lose, repeat and reorder; the cases require no more than the
 * port.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Room } from '../../src/model/room.ts';
import type { RoomEvent } from '../../src/model/room-event.ts';
import type { Bus } from '../../src/ports/bus.ts';
import { messageEvent, room } from '../support/records.ts';

export function testBusContract(adapter: string, open: () => Bus | Promise<Bus>): void {
  describe(`${adapter}: bus`, () => {
    let bus: Bus;
    beforeEach(async () => {
      bus = await open();
    });
    afterEach(() => bus.close());

    test('delivers an event to every subscriber of its room, and to no other', async () => {
      const [lobby, ops] = [room('lobby'), room('ops')];
      const received: string[] = [];
      await bus.subscribe(lobby.id, ({ sequence }) => received.push(`first ${sequence}`));
      await bus.subscribe(lobby.id, ({ sequence }) => received.push(`second ${sequence}`));
      await bus.subscribe(ops.id, ({ sequence }) => received.push(`ops ${sequence}`));

      bus.publish(event(lobby, 1));

      assert.deepEqual(received.sort(), ['first 1', 'second 1']);
    });

    test('delivers nothing after unsubscribing', async () => {
      const lobby = room('lobby');
      const received: number[] = [];
      const unsubscribe = await bus.subscribe(lobby.id, ({ sequence }) => received.push(sequence));

      bus.publish(event(lobby, 1));
      unsubscribe();
      unsubscribe();
      bus.publish(event(lobby, 2));

      assert.deepEqual(received, [1]);
    });

    test('allows unsubscribing while an event is handled', async () => {
      const lobby = room('lobby');
      const received: number[] = [];
      const unsubscribe = await bus.subscribe(lobby.id, ({ sequence }) => {
        received.push(sequence);
        unsubscribe();
      });
      await bus.subscribe(lobby.id, ({ sequence }) => received.push(sequence));

      bus.publish(event(lobby, 1));

      assert.deepEqual(received, [1, 1]);
    });
  });
}

const event = ({ id }: Room, sequence: number): RoomEvent => messageEvent(id, sequence);
