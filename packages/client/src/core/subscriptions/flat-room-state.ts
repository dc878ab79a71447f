/** State of one room at `/ws/chat` or `/messagepal`. Immutable. */
import type { ChatError, RoomId } from '@parley/protocol';
import type { OpenRoom } from '../rooms/room-state.ts';
import { EMPTY_LOG, type FlatLog } from './flat-room-log.ts';

export type { Member as Person } from '../rooms/room-state.ts';

/** A room that is not live and not closed is joined as soon as possible. */
export interface FlatRoom extends Pick<OpenRoom, 'id' | 'isLive' | 'members'> {
  /** The server did not open the room, or closed it. */
  readonly isClosed: boolean;
  /** Reason why the room is closed, or why the history did not load. */
  readonly error: ChatError | undefined;
  /** `none`: the server rejected a message over HTTP before the first join. */
  readonly membership: 'unknown' | 'joined' | 'none';
  readonly log: FlatLog;
  readonly isLoading: boolean;
  /** First sequence in the feed of all conversations; undefined if nothing arrived during a subscription. */
  readonly allConversationsFrom: number | undefined;
  /** Key of the outbox for this room: its id, until the other person of a conversation is known. */
  readonly outboxKey: RoomId;
}

export function newRoom(id: RoomId): FlatRoom {
  return {
    id,
    isLive: false,
    isClosed: false,
    error: undefined,
    membership: 'unknown',
    log: EMPTY_LOG,
    isLoading: false,
    members: new Map(),
    allConversationsFrom: undefined,
    outboxKey: id,
  };
}
