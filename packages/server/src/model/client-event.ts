/**
 * What clients are told, before any dialect puts it into its own words. Answers
 * to a client's own commands are no events: they go back the way they came.
 */
import type { MessageId, PresenceStatus, RoomId, UserId } from '@parley/protocol';
import type { Room } from './room.ts';
import type { AccessLostReason, RoomEvent } from './room-event.ts';

export type ChatEvent =
  | { readonly kind: 'logged'; readonly event: RoomEvent; readonly room: Room }
  | {
      /** Told to the person; the others hear the event of the log. */
      readonly kind: 'room-left';
      readonly roomId: RoomId;
      readonly reason: AccessLostReason;
      readonly sequence: number;
      /** Whether the connection had the room open. */
      readonly wasOpen: boolean;
    }
  | {
      /** The client is too far behind: from now on the room is closed on this connection. */
      readonly kind: 'resync-required';
      readonly roomId: RoomId;
      readonly headSequence: number;
    }
  | {
      /** Something happened in a room that is not open on this connection. */
      readonly kind: 'room-activity';
      readonly roomId: RoomId;
      readonly headSequence: number;
      readonly unreadCount: number;
      readonly mentionCount: number;
    }
  | {
      /** How many are in a large room, in place of who came and went. */
      readonly kind: 'member-count';
      readonly roomId: RoomId;
      readonly memberCount: number;
    }
  | {
      /** Who is in a room now, in place of notices that were dropped. */
      readonly kind: 'members';
      readonly roomId: RoomId;
      readonly members: readonly Member[];
      readonly memberCount: number;
    }
  | ({ readonly kind: 'user-joined' } & RoomPersonEvent)
  | ({ readonly kind: 'user-left' } & RoomPersonEvent)
  | ({ readonly kind: 'typing'; readonly isTyping: boolean } & RoomPersonEvent)
  | ({
      readonly kind: 'read-position';
      readonly sequence: number;
      /** The latest message at or below it. */
      readonly messageId: MessageId | undefined;
      readonly readAtMs: number;
      /** False where the position was there already: dialects that know no mark 'unread' need not say so. */
      readonly hasMoved: boolean;
    } & RoomPersonEvent)
  | {
      /** A message that is still being made: all of it so far. What is stored comes under this key. */
      readonly kind: 'message-progress';
      readonly roomId: RoomId;
      readonly draftId: string;
      readonly content: string;
    }
  | { readonly kind: 'presence'; readonly member: Member };

export interface RoomPersonEvent {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly username: string;
}

/** A person with their presence. */
export interface Member {
  readonly userId: UserId;
  readonly username: string;
  readonly status: PresenceStatus;
  readonly lastSeenAtMs: number | undefined;
  readonly statusText: string | undefined;
}
