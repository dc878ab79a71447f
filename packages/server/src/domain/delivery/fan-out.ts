/** Sends one event to many connections, encoded once per dialect. */

import type { RoomId, UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';
import type { ClientTransport, EncodedFrame, EventEncoder } from '../../ports/client-transport.ts';
import type { Backpressure, Delivery } from './backpressure.ts';

/** The parts of a connection that sending an event uses. */
export interface Recipient {
  readonly link: Pick<ClientTransport, 'dialect'>;
  readonly backpressure: Pick<Backpressure, 'offer' | 'markStale'>;
  readonly openRooms: Iterable<RecipientRoom>;
}

interface RecipientRoom {
  readonly roomId: RoomId;
  readonly stream: { readonly participants: { has(userId: UserId): boolean } };
}

const DELIVERIES: Readonly<Record<ChatEvent['kind'], Delivery>> = Object.freeze({
  logged: 'logged',
  'room-left': 'direct',
  'resync-required': 'direct',
  'history-pruned': 'direct',
  'notification-level': 'direct',
  'room-changed': 'direct',
  mute: 'direct',
  warning: 'direct',
  reminder: 'direct',
  scheduled: 'direct',
  'thread-changed': 'direct',
  reports: 'direct',
  'user-groups': 'direct',
  'custom-emoji': 'direct',
  'workspace-changed': 'direct',
  'account-notice': 'direct',
  'membership-changed': 'direct',
  'user-joined': 'repaired',
  'user-left': 'repaired',
  members: 'repaired',
  'member-count': 'repaired',
  presence: 'repaired',
  'read-position': 'repaired',
  // A later event replaces this one, but there may be no later event.
  'room-activity': 'repaired',
  // Lists of rooms have it, too.
  'member-total': 'ephemeral',
  typing: 'ephemeral',
  'message-progress': 'ephemeral',
  // Pages of messages have it, too.
  'link-preview': 'ephemeral',
});

export class EncodedEvent {
  readonly #event: ChatEvent;
  readonly #delivery: Delivery;
  readonly #frames = new Map<EventEncoder, EncodedFrame | undefined>();
  /** Dialect and frame of the last recipient, which the next one has mostly, too. */
  #dialect: EventEncoder | undefined;
  #frame: EncodedFrame | undefined;

  /** Missed events are sent even to a client that lags: they are how it catches up. */
  constructor(event: ChatEvent, { isMissed }: { readonly isMissed?: boolean } = {}) {
    this.#event = event;
    this.#delivery = isMissed === true ? 'direct' : DELIVERIES[event.kind];
  }

  /** Returns whether the event was sent, or need not be: a dialect may not have every event. */
  sendTo(recipient: Recipient): boolean {
    const { link, backpressure } = recipient;
    const { dialect } = link;
    if (dialect !== this.#dialect) {
      this.#frame = this.#encode(dialect);
      this.#dialect = dialect;
    }
    const frame = this.#frame;
    if (frame === undefined || backpressure.offer(frame, this.#delivery)) return true;
    if (this.#delivery === 'repaired') {
      for (const roomId of roomsOf(this.#event, recipient)) backpressure.markStale(roomId);
    }
    return false;
  }

  #encode(dialect: EventEncoder): EncodedFrame | undefined {
    if (!this.#frames.has(dialect)) this.#frames.set(dialect, dialect.encode(this.#event));
    return this.#frames.get(dialect);
  }
}

/** The rooms whose lists or counts become stale on a client that does not get this event. */
function* roomsOf(event: ChatEvent, recipient: Recipient): Iterable<RoomId> {
  if ('roomId' in event) {
    yield event.roomId;
  } else if (event.kind === 'presence') {
    for (const { roomId, stream } of recipient.openRooms) {
      if (stream.participants.has(event.member.userId)) yield roomId;
    }
  }
}

export function broadcast(event: ChatEvent, recipients: Iterable<Recipient>): void {
  const encoded = new EncodedEvent(event);
  for (const recipient of recipients) encoded.sendTo(recipient);
}
