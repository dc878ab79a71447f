/** Rooms that the user can see, as last listed by the server. `room-list-poller.ts` polls it. */
import type { RoomListEntry } from '@parley/protocol';

export interface ListedRooms {
  /** `failed`: the last listing failed; `rooms` is the one before. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly rooms: readonly RoomListEntry[];
  /** More rooms exist than are listed; they are found by name only. */
  readonly hasMore: boolean;
}
