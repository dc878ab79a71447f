/** State of one room. Immutable. */
import type { ChatError, RoomId, UserId } from '@parley/protocol';
import { EMPTY_LOG, type FlatLog } from './flat-room-log.ts';

export interface Person {
  readonly userId: UserId;
  readonly username: string;
}

export interface FlatRoom {
  readonly id: RoomId;
  /** `waiting`: for a connection, or for the answer to the join. `refused`: see `error`. */
  readonly status: 'waiting' | 'live' | 'refused';
  /** Reason why the server did not open the room or closed it, or why the history did not load. */
  readonly error: ChatError | undefined;
  /** `none`: the server rejected a message over HTTP before the first join. */
  readonly membership: 'unknown' | 'joined' | 'none';
  readonly log: FlatLog;
  readonly isLoading: boolean;
  /** Other people in the room, while it is live. */
  readonly people: ReadonlyMap<UserId, Person>;
  /** First sequence in the feed of all conversations; undefined if nothing arrived during a subscription. */
  readonly allConversationsFrom: number | undefined;
  /** Key of the outbox for this room; undefined while unknown. */
  readonly outboxKey: RoomId | undefined;
}

export function newRoom(id: RoomId): FlatRoom {
  return {
    id,
    status: 'waiting',
    error: undefined,
    membership: 'unknown',
    log: EMPTY_LOG,
    isLoading: false,
    people: new Map(),
    allConversationsFrom: undefined,
    outboxKey: undefined,
  };
}
