/** The events that failovers have lost, and a history without what was reported of them. */
import type { RoomEvent } from '../../packages/server/src/model/room-event.ts';
import type { HistoryEntry } from '../checker/history.ts';

/** An event or message as it was reported to a client. */
interface Reported {
  readonly sequence: number;
  readonly userId: string;
  readonly messageId?: string;
}

export class LostEvents {
  readonly #keys = new Set<string>();

  add(events: Iterable<RoomEvent>): void {
    for (const event of events) this.#keys.add(keyOfEvent(event));
  }

  /** A command was repeated, and has its former place again. */
  remove(event: RoomEvent): void {
    this.#keys.delete(keyOfEvent(event));
  }

  has(roomId: string, reported: Reported): boolean {
    return this.#keys.has(keyOf(roomId, reported));
  }

  /** A client may have received events that no longer exist; then it fetched the room again. */
  without(history: readonly HistoryEntry[]): HistoryEntry[] {
    return history.flatMap((entry): HistoryEntry[] => {
      if (entry.type === 'ack') return this.has(entry.roomId, entry) ? [] : [entry];
      if (entry.type === 'delivery') return this.has(entry.roomId, entry.event) ? [] : [entry];
      if (entry.type !== 'snapshot') return [entry];
      const { roomId } = entry;
      const messages = entry.messages.filter(
        (message) => !this.has(roomId, { ...message, messageId: message.id }),
      );
      const events = entry.events.filter((event) => !this.has(roomId, event));
      return [{ ...entry, messages, events }];
    });
  }
}

function keyOfEvent(event: RoomEvent): string {
  const { roomId, sequence, actorId: userId } = event;
  const messageId = messageIdOf(event);
  return keyOf(roomId, { sequence, userId, ...(messageId && { messageId }) });
}

function keyOf(roomId: string, { sequence, userId, messageId = '' }: Reported): string {
  return `${roomId} ${sequence} ${userId} ${messageId}`;
}

function messageIdOf(event: RoomEvent): string | undefined {
  if (event.kind === 'message') return event.message.id;
  return event.kind === 'access-lost' ? undefined : event.messageId;
}
