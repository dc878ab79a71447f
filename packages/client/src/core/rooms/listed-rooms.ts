/** The rooms that one may join, as last listed by the server. `directory.ts` keeps it fresh. */
import type { RoomListEntry } from '@parley/protocol';

export interface ListedRooms {
  /** `failed`: the last listing did not come; `rooms` is what was known before. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly rooms: readonly RoomListEntry[];
  /** There are more than are listed here; those are found by name only. */
  readonly hasMore: boolean;
}
