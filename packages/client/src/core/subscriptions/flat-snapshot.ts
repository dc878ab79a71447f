/** The whole state of a subscription client at one moment. Immutable. */
import type { RoomId } from '@parley/protocol';
import type { ClientSnapshot } from '../snapshot.ts';
import type { FlatUser } from './flat-dialect.ts';
import type { FlatRoom } from './flat-room-state.ts';

export interface FlatSnapshot extends Pick<ClientSnapshot, 'connection' | 'outbox' | 'typing'> {
  /** The user; undefined until the first greeting. */
  readonly user: FlatUser | undefined;
  readonly rooms: ReadonlyMap<RoomId, FlatRoom>;
}

export const EMPTY_FLAT_SNAPSHOT: FlatSnapshot = Object.freeze<FlatSnapshot>({
  connection: { kind: 'closed', reason: 'not_started' },
  user: undefined,
  rooms: new Map(),
  outbox: [],
  typing: [],
});
