/** Direct and group conversations of the user, as the snapshot holds them. Immutable. */
import type { RoomId, UserPayload } from '@parley/protocol';

export interface Conversation {
  readonly id: RoomId;
  readonly kind: 'direct' | 'group';
  /** For a direct conversation the name of the other person. */
  readonly name: string;
  /** The other person of a direct conversation. */
  readonly person: UserPayload | undefined;
}

export type ConversationsState = ReadonlyMap<RoomId, Conversation>;
