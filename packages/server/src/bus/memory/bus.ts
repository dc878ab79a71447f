/** The bus of a single process: delivers immediately, in order, and never loses an event. */
import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Bus } from '../../ports/bus.ts';

type Take = (event: RoomEvent) => void;

export function openMemoryBus(): Bus {
  const subscribers = new Map<RoomId, Set<Take>>();
  return {
    publish(event) {
      // Iterates over a copy: a subscriber may subscribe or unsubscribe.
      for (const handle of [...(subscribers.get(event.roomId) ?? [])]) handle(event);
    },
    async subscribe(roomId, handle) {
      const takers = subscribers.get(roomId) ?? new Set();
      takers.add(handle);
      subscribers.set(roomId, takers);
      return () => {
        takers.delete(handle);
        if (takers.size === 0 && subscribers.get(roomId) === takers) subscribers.delete(roomId);
      };
    },
    close: async () => subscribers.clear(),
  };
}
