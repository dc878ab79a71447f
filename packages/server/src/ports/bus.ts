/** Carries room events from the node that committed them to all nodes. */
import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../model/room-event.ts';

export type Unsubscribe = () => void;

export interface Bus {
  /**
   * Sends an event to every subscriber of the room, on all nodes. Events may be lost, repeated or
   * reordered: subscribers rely on the event's sequence.
   */
  publish(event: RoomEvent): void;
  /** Resolves when events published from now on are certain to arrive. */
  subscribe(roomId: RoomId, handle: (event: RoomEvent) => void): Promise<Unsubscribe>;
  close(): Promise<void>;
}
