/** Carries room events from the node that committed them to all nodes. */
import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../model/room-event.ts';

export type Unsubscribe = () => void;

export interface Bus {
  /**
   * Tells every subscriber of the room, on this node and on others. It may lose,
   * repeat or reorder: a subscriber goes by the event's sequence.
   */
  publish(event: RoomEvent): void;
  /** Resolves once it is certain that what is published from now on arrives. */
  subscribe(roomId: RoomId, take: (event: RoomEvent) => void): Promise<Unsubscribe>;
  close(): Promise<void>;
}
