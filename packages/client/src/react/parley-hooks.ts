/** Hooks over `createParley`: connection, user, rooms, presence and unread counts. */
import type { RoomId, RoomListEntry, UserId, UserPayload } from '@parley/protocol';
import { useCallback, useEffect, useMemo } from 'react';
import type { ParleyRoom } from '../core/parley-room.ts';
import { type PublicConnectionState, publicStateOf } from '../core/public-connection-state.ts';
import type { Presence } from '../core/rooms/presence-state.ts';
import type { ClosedReason } from '../core/rooms/room-state.ts';
import { type Unread, unreadOf } from '../core/rooms/unread-state.ts';
import type { ClientSnapshot } from '../core/snapshot.ts';
import { useParley, useParleyState } from './parley-state.ts';
import { acquireRoom } from './room-leases.ts';

export interface ConnectionView {
  /** With its reason, such as `{ kind: 'reconnecting', cause: 'token', error, attempt, retryAtMs }`. */
  readonly state: PublicConnectionState;
  /** Skips the wait for the next attempt. */
  readonly tryNow: () => void;
}

const selectConnection = ({ connection }: ClientSnapshot): PublicConnectionState =>
  publicStateOf(connection);

export function useConnection(): ConnectionView {
  const { connection } = useParley();
  const state = useParleyState(selectConnection);
  return useMemo(() => ({ state, tryNow: connection.tryNow }), [state, connection]);
}

const selectMe = ({ user }: ClientSnapshot): UserPayload | undefined => user;

/** The user; undefined until the first connection. */
export function useMe(): UserPayload | undefined {
  return useParleyState(selectMe);
}

export interface RoomsView {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly rooms: readonly RoomListEntry[];
  /** More rooms exist than are listed. */
  readonly hasMore: boolean;
}

const selectRooms = ({ directory }: ClientSnapshot): RoomsView => directory;

/** Rooms and conversations that the user can see. */
export function useRooms(): RoomsView;
/** A selection of them. Pass a function that stays the same. */
export function useRooms<Value>(select: (rooms: RoomsView) => Value): Value;
export function useRooms<Value>(select?: (rooms: RoomsView) => Value): RoomsView | Value {
  const look = useCallback(
    (snapshot: ClientSnapshot) => {
      const rooms = selectRooms(snapshot);
      return select === undefined ? rooms : select(rooms);
    },
    [select],
  );
  return useParleyState<RoomsView | Value>(look);
}

export interface RoomView {
  /** `catching-up`: open, and what was missed during a connection loss is being fetched. */
  readonly status: 'opening' | 'open' | 'catching-up' | 'closed';
  readonly name: string | undefined;
  readonly memberCount: number;
  /** Reason why the server closed the room or did not open it. */
  readonly error: ClosedReason | undefined;
}

/** Opens the room while the component is mounted, and returns its state and commands. */
export function useRoom(roomId: string): RoomView & { readonly room: ParleyRoom } {
  const parley = useParley();
  const id = roomId as RoomId;
  useEffect(() => acquireRoom(parley, id), [parley, id]);
  const view = useParleyState(useCallback((snapshot) => toRoomView(snapshot, id), [id]));
  const room = useMemo(() => parley.room(id), [parley, id]);
  return useMemo(() => ({ ...view, room }), [view, room]);
}

function toRoomView({ rooms }: ClientSnapshot, id: RoomId): RoomView {
  const room = rooms.get(id);
  const nothing = { name: undefined, memberCount: 0, error: undefined };
  if (room === undefined || room.kind === 'joining') return { ...nothing, status: 'opening' };
  if (room.kind === 'closed') {
    return { ...nothing, status: 'closed', name: room.name, error: room.reason };
  }
  const { name, memberCount, isLive } = room;
  return { status: isLive ? 'open' : 'catching-up', name, memberCount, error: undefined };
}

/** Presence of a user; undefined if nothing is known. */
export function usePresence(userId: string): Presence | undefined {
  const id = userId as UserId;
  return useParleyState(useCallback(({ presence }: ClientSnapshot) => presence.get(id), [id]));
}

const NOTHING_UNREAD: Unread = Object.freeze({ unreadCount: 0, mentionCount: 0 });

/** Unread counts of a room; without one, of all rooms that are not muted. */
export function useUnread(roomId?: string): Unread {
  return useParleyState(useCallback((snapshot) => toUnread(snapshot, roomId), [roomId]));
}

function toUnread({ rooms, unread, user }: ClientSnapshot, roomId: string | undefined): Unread {
  if (user === undefined) return NOTHING_UNREAD;
  const ids = roomId === undefined ? new Set([...rooms.keys(), ...unread.keys()]) : [roomId];
  return [...ids].reduce<Unread>((sum, each) => {
    const id = each as RoomId;
    const isMuted = unread.get(id)?.notificationLevel === 'nothing';
    if (isMuted && roomId === undefined) return sum;
    const { unreadCount, mentionCount } = unreadOf(rooms.get(id), unread.get(id), user);
    return {
      unreadCount: sum.unreadCount + unreadCount,
      mentionCount: sum.mentionCount + mentionCount,
    };
  }, NOTHING_UNREAD);
}
