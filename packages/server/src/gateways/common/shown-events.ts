/** The events that each dialect shows; the others of a dialect have no frame. */
import type { ChatEvent } from '../../model/client-event.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { DialectName } from '../../ports/command-metrics.ts';

/** The native dialect shows every event. */
type OtherDialect = Exclude<DialectName, 'native' | 'http'>;

/** Dialects beside the native one by event; an event that is not listed is shown by the native one only. */
const CHAT_EVENTS = {
  logged: ['channels', 'direct', 'socketio'],
  'room-left': ['channels', 'direct', 'socketio'],
  typing: ['channels', 'direct', 'socketio'],
  'read-position': ['channels', 'direct', 'socketio'],
  presence: ['channels', 'direct', 'socketio'],
  'user-joined': ['channels', 'socketio'],
  'user-left': ['channels', 'socketio'],
  // Instead of `member-count`: a list of hundreds of users every second would be too much.
  members: ['socketio'],
} as const satisfies Table<ChatEvent>;

/** The same for the events of a room's log. */
const ROOM_EVENTS = {
  message: ['channels', 'direct', 'socketio'],
  edit: ['channels', 'direct', 'socketio'],
  deletion: ['channels', 'direct', 'socketio'],
  'access-lost': ['channels', 'socketio'],
} as const satisfies Table<RoomEvent>;

interface Event {
  readonly kind: string;
}
type Table<E extends Event> = { readonly [K in E['kind']]?: readonly OtherDialect[] };
type Kinds<T, D extends OtherDialect> = {
  [K in keyof T]: T[K] extends readonly (infer Shown)[] ? (D extends Shown ? K : never) : never;
}[keyof T];

/** Whether a dialect has a frame for an event. */
export function isShown<D extends OtherDialect>(
  event: ChatEvent,
  dialect: D,
): event is ChatEvent & { readonly kind: Kinds<typeof CHAT_EVENTS, D> } {
  return isListed(CHAT_EVENTS, event, dialect);
}

/** Whether a dialect has a frame for an event of a room's log. */
export function isLogShown<D extends OtherDialect>(
  event: RoomEvent,
  dialect: D,
): event is RoomEvent & { readonly kind: Kinds<typeof ROOM_EVENTS, D> } {
  return isListed(ROOM_EVENTS, event, dialect);
}

function isListed(
  table: Readonly<Record<string, readonly OtherDialect[]>>,
  { kind }: Event,
  dialect: OtherDialect,
): boolean {
  return table[kind]?.includes(dialect) === true;
}
