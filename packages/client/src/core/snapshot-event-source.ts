/**
 * Derives the events of a client from its successive snapshots: each message once and
 * in the order of its room, whether it arrived live or with a catch-up.
 */
import type { MessageId, RoomId } from '@parley/protocol';
import type { EventEmitter } from './event-emitter.ts';
import { mentions } from './messages/mentions.ts';
import type { Message } from './messages/message.ts';
import type { Notification, ParleyEvents } from './parley-event-types.ts';
import type { People } from './people.ts';
import { type PublicConnectionState, publicStateOf } from './public-connection-state.ts';
import type { OpenRoom } from './rooms/room-state.ts';
import type { ClientSnapshot, ClientStore } from './snapshot.ts';

/** Part of a room that was reported. */
interface Reported {
  readonly epoch: string;
  readonly position: number;
}

export class SnapshotEventSource {
  readonly #events: EventEmitter<ParleyEvents>;
  readonly #nameMessage: People['nameMessage'];
  readonly #reported = new Map<RoomId, Reported>();
  #before: ClientSnapshot;
  readonly #queued: (() => void)[] = [];
  #isDraining = false;

  constructor(
    store: Pick<ClientStore, 'getSnapshot' | 'subscribe'>,
    events: EventEmitter<ParleyEvents>,
    nameMessage: People['nameMessage'],
  ) {
    this.#events = events;
    this.#nameMessage = nameMessage;
    this.#before = store.getSnapshot();
    store.subscribe(() => this.#onState(store.getSnapshot()));
  }

  #onState(now: ClientSnapshot): void {
    const before = this.#before;
    this.#before = now;
    if (now.connection !== before.connection) {
      const [state, earlier] = [publicStateOf(now.connection), publicStateOf(before.connection)];
      if (!isSameState(state, earlier)) this.#queue('connection', state);
    }
    if (now.rooms !== before.rooms) this.#onRooms(now, before);
    if (now.unread !== before.unread) this.#onUnread(now, before);
    this.#drain();
  }

  #queue<Name extends keyof ParleyEvents>(name: Name, event: ParleyEvents[Name]): void {
    this.#queued.push(() => this.#events.emit(name, event));
  }

  /** A handler may change the state: the events of that change come after those queued here. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let emit = this.#queued.shift(); emit !== undefined; emit = this.#queued.shift()) emit();
    this.#isDraining = false;
  }

  #onRooms(now: ClientSnapshot, before: ClientSnapshot): void {
    for (const roomId of this.#reported.keys()) {
      if (now.rooms.get(roomId)?.kind !== 'open') this.#reported.delete(roomId);
    }
    for (const room of now.rooms.values()) {
      const earlier = before.rooms.get(room.id);
      if (room.kind !== 'open' || room === earlier) continue;
      if (this.#events.has('change') && earlier?.kind === 'open') this.#onChanges(room, earlier);
      this.#onLog(room, now);
    }
  }

  #onLog({ id: roomId, log }: OpenRoom, now: ClientSnapshot): void {
    const { epoch, position, messages, hasOlder } = log;
    const reported = this.#reported.get(roomId);
    this.#reported.set(roomId, { epoch, position });
    // The first page, or another log, is history.
    if (reported === undefined || reported.epoch !== epoch) return;
    const from = messages.findLastIndex(({ sequence }) => sequence <= reported.position) + 1;
    const fresh = messages.slice(from).filter(({ sequence }) => sequence <= position);
    const [first] = fresh;
    if (from === 0 && hasOlder && first !== undefined && first.sequence > reported.position + 1) {
      const between = { afterSequence: reported.position, beforeSequence: first.sequence };
      this.#queue('gap', { roomId, ...between });
    }
    for (const raw of fresh) {
      const message = this.#nameMessage(raw);
      this.#queue('message', message);
      const reason = reasonOf(raw, now);
      if (reason !== undefined) this.#queue('notification', { roomId, reason, message });
    }
  }

  /** Unchanged messages are the same objects. */
  #onChanges({ log }: OpenRoom, { log: earlier }: OpenRoom): void {
    if (log.messages === earlier.messages || log.epoch !== earlier.epoch) return;
    const known = new Map<MessageId, Message>(earlier.messages.map((each) => [each.id, each]));
    for (const message of log.messages) {
      const before = known.get(message.id);
      if (before !== undefined && before !== message) {
        const [now, earlier] = [this.#nameMessage(message), this.#nameMessage(before)];
        this.#queue('change', { message: now, before: earlier });
      }
    }
  }

  /** Rooms that are not open here report counts. The first counts are not new. */
  #onUnread(now: ClientSnapshot, before: ClientSnapshot): void {
    for (const [roomId, { mentionCount, unreadCount }] of now.unread) {
      const earlier = before.unread.get(roomId);
      if (earlier === undefined || now.rooms.get(roomId)?.kind === 'open') continue;
      if (mentionCount > earlier.mentionCount) {
        this.#queue('notification', { roomId, reason: 'mention' });
      } else if (unreadCount > earlier.unreadCount && now.conversations.has(roomId)) {
        this.#queue('notification', { roomId, reason: 'conversation' });
      }
    }
  }
}

/** The begin of an attempt is not an event; its failure is. */
function isSameState(one: PublicConnectionState, other: PublicConnectionState): boolean {
  if (one.kind !== 'reconnecting' || other.kind !== 'reconnecting') return one.kind === other.kind;
  return one.attempt === other.attempt && one.cause === other.cause && one.error === other.error;
}

function reasonOf(
  { roomId, userId, content }: Message,
  { conversations, user }: ClientSnapshot,
): Notification['reason'] | undefined {
  if (user === undefined || userId === user.id) return undefined;
  if (mentions(content, user)) return 'mention';
  return conversations.has(roomId) ? 'conversation' : undefined;
}
