/** One event to many connections: encoded once for each dialect among them. */
import type { ChatEvent } from '../../model/client-event.ts';
import type { EncodedFrame, EventEncoder } from '../../ports/client-transport.ts';
import type { Delivery } from './backpressure.ts';
import type { ChatConnection } from './connection.ts';

const DELIVERIES: Readonly<Record<ChatEvent['kind'], Delivery>> = Object.freeze({
  logged: 'logged',
  'room-left': 'direct',
  'resync-required': 'direct',
  'user-joined': 'repaired',
  'user-left': 'repaired',
  members: 'repaired',
  'member-count': 'repaired',
  presence: 'repaired',
  'read-position': 'repaired',
  // The next one says more than this one did, but there may be none.
  'room-activity': 'repaired',
  typing: 'ephemeral',
  'message-progress': 'ephemeral',
});

export class EncodedEvent {
  readonly #event: ChatEvent;
  readonly #delivery: Delivery;
  readonly #frames = new Map<EventEncoder, EncodedFrame | undefined>();

  /** What was missed goes out to a client that still lags: it is how it stops to lag. */
  constructor(event: ChatEvent, { isMissed }: { readonly isMissed?: boolean } = {}) {
    this.#event = event;
    this.#delivery = isMissed === true ? 'direct' : DELIVERIES[event.kind];
  }

  /** Whether it went out, or need not: a dialect may have no word for it. */
  sendTo({ link, backpressure, openRooms }: ChatConnection): boolean {
    const { dialect } = link;
    if (!this.#frames.has(dialect)) this.#frames.set(dialect, dialect.encode(this.#event));
    const frame = this.#frames.get(dialect);
    if (frame === undefined || backpressure.offer(frame, this.#delivery)) return true;
    if (this.#delivery === 'repaired') {
      for (const roomId of roomsOf(this.#event, openRooms)) backpressure.markStale(roomId);
    }
    return false;
  }
}

/** The rooms whose list, or counts, a client no longer has right without this event. */
function* roomsOf(
  event: ChatEvent,
  openRooms: ChatConnection['openRooms'],
): Iterable<Parameters<ChatConnection['backpressure']['markStale']>[0]> {
  if ('roomId' in event) {
    yield event.roomId;
  } else if (event.kind === 'presence') {
    for (const [roomId, { stream }] of openRooms) {
      if (stream.hasPerson(event.member.userId)) yield roomId;
    }
  }
}

export function broadcast(event: ChatEvent, connections: Iterable<ChatConnection>): void {
  const notice = new EncodedEvent(event);
  for (const connection of connections) notice.sendTo(connection);
}
