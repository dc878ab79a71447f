/** The events that failovers have lost, and a history without what was reported of them. */
import type { RoomEvent } from '../../packages/server/src/model/room-event.ts';
import type { AckEntry, CommandKind, HistoryEntry, SendEntry } from '../checker/history.ts';

/** An event or message as it was reported to a client. */
interface Reported {
  readonly kind: CommandKind | 'access_lost' | 'unknown';
  readonly sequence: number;
  readonly userId: string;
  readonly messageId?: string;
}

export class LostEvents {
  readonly #keys = new Set<string>();
  /** The same with what a change has set: another change may have the place by now. */
  readonly #exactKeys = new Set<string>();
  /** Commands, by `clientMessageId`. */
  readonly #commands = new Map<string, SendEntry>();

  add(events: Iterable<RoomEvent>): void {
    for (const event of events) {
      this.#keys.add(keyOfEvent(event));
      this.#exactKeys.add(exactKeyOfEvent(event));
    }
  }

  /** A command was repeated, and has its former place again. */
  remove(event: RoomEvent): void {
    this.#keys.delete(keyOfEvent(event));
    this.#exactKeys.delete(exactKeyOfEvent(event));
  }

  /** Notes which command an acknowledgement will be about. */
  note(entry: HistoryEntry): void {
    if (entry.type === 'send') this.#commands.set(entry.clientMessageId, entry);
  }

  hasAcknowledged(ack: AckEntry): boolean {
    const command = this.#commands.get(ack.clientMessageId);
    const kind = command?.kind ?? 'message';
    const set = command?.emoji ?? (kind === 'edit' ? command?.content : undefined);
    return this.#exactKeys.has(exactKey(keyOf(ack.roomId, { ...ack, kind }), set));
  }

  /** A client may have received events that no longer exist; then it fetched the room again. */
  without(history: readonly HistoryEntry[]): HistoryEntry[] {
    return history.flatMap((entry): HistoryEntry[] => {
      if (entry.type === 'ack') return this.hasAcknowledged(entry) ? [] : [entry];
      if (entry.type === 'delivery') return this.#has(entry.roomId, entry.event) ? [] : [entry];
      if (entry.type !== 'snapshot') return [entry];
      const { roomId } = entry;
      const messages = entry.messages.filter(
        (message) => !this.#has(roomId, { ...message, kind: 'message', messageId: message.id }),
      );
      const events = entry.events.filter((event) => !this.#has(roomId, event));
      return [{ ...entry, messages, events }];
    });
  }

  #has(roomId: string, reported: Reported): boolean {
    return this.#keys.has(keyOf(roomId, reported));
  }
}

/** Events that histories do not have are not told apart. */
const KINDS: Readonly<Partial<Record<RoomEvent['kind'], Reported['kind']>>> = {
  message: 'message',
  edit: 'edit',
  deletion: 'delete',
  pin: 'pin',
  unpin: 'unpin',
  'reaction-added': 'add_reaction',
  'reaction-removed': 'remove_reaction',
  'access-lost': 'access_lost',
};

function keyOfEvent(event: RoomEvent): string {
  const { roomId, sequence, actorId: userId } = event;
  const messageId = messageIdOf(event);
  const kind = KINDS[event.kind] ?? 'unknown';
  return keyOf(roomId, { kind, sequence, userId, ...(messageId && { messageId }) });
}

function exactKeyOfEvent(event: RoomEvent): string {
  const set = 'emoji' in event ? event.emoji : event.kind === 'edit' ? event.content : undefined;
  return exactKey(keyOfEvent(event), set);
}

/** @param set The new text of an edit, or the emoji of a reaction. */
function exactKey(key: string, set = ''): string {
  return `${key} ${set}`;
}

function keyOf(roomId: string, { kind, sequence, userId, messageId = '' }: Reported): string {
  return `${roomId} ${kind} ${sequence} ${userId} ${messageId}`;
}

function messageIdOf(event: RoomEvent): string | undefined {
  if (event.kind === 'message') return event.message.id;
  return 'messageId' in event ? event.messageId : undefined;
}
