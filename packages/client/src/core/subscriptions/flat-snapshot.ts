/** The whole state of a subscription client at one moment. Immutable. */
import type { PresenceStatus, RoomId, UserId } from '@parley/protocol';
import type { ClientSnapshot } from '../snapshot.ts';
import type { FlatUser } from './flat-dialect.ts';
import type { FlatRoom } from './flat-room-state.ts';

export interface FlatSnapshot extends Pick<ClientSnapshot, 'connection' | 'outbox' | 'typing'> {
  /** The user; undefined until the first greeting. */
  readonly user: FlatUser | undefined;
  readonly rooms: ReadonlyMap<RoomId, FlatRoom>;
  /** Users whose presence the server has reported. */
  readonly statuses: ReadonlyMap<UserId, PresenceStatus>;
}

export const EMPTY_FLAT_SNAPSHOT: FlatSnapshot = Object.freeze<FlatSnapshot>({
  connection: { kind: 'closed', reason: 'not_started' },
  user: undefined,
  rooms: new Map(),
  statuses: new Map(),
  outbox: [],
  typing: [],
});
