/** The events that a client emits, by name. */
import type { RoomId } from '@parley/protocol';
import type { Message } from './messages/message.ts';
import type { Named } from './people.ts';
import type { PublicConnectionState } from './public-connection-state.ts';

export interface ParleyEvents {
  /** The state, when it changes, and after each failed attempt to connect. */
  readonly connection: PublicConnectionState;
  /** A new message in an open room, also the user's own; messages of a first page are not new. */
  readonly message: Named<Message>;
  /** A message in an open room was edited, deleted or pinned, or got a reaction or a reply. */
  readonly change: { readonly message: Named<Message>; readonly before: Named<Message> };
  /** Messages were missed that the client does not have: `room.around` fetches them. */
  readonly gap: {
    readonly roomId: RoomId;
    readonly afterSequence: number;
    readonly beforeSequence: number;
  };
  /** Something for the user: a mention, or a message in a direct or group conversation. */
  readonly notification: Notification;
}

export interface Notification {
  readonly roomId: RoomId;
  readonly reason: 'mention' | 'conversation';
  /** Absent if the room is not open here: only its counts are known. */
  readonly message?: Named<Message>;
}
