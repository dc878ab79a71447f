/** Decides which conversation a login opens. Pure. */
import type { RoomId } from '@parley/client';
import type { PersonRow } from './people-rows.ts';
import type { RoomRow } from './room-rows.ts';

export interface FirstConversationInput {
  readonly people: readonly PersonRow[];
  /** Also those that the user has not joined. */
  readonly rooms: readonly RoomRow[];
  /** The conversation that was open last. */
  readonly lastId: RoomId | undefined;
}

/**
 * The last conversation, if the user still has it: opening another one would join it. Otherwise the
 * first unread one in the order of the left column. Undefined if there is none.
 */
export function firstConversation(input: FirstConversationInput): RoomId | undefined {
  const own = [...input.people, ...input.rooms.filter(({ isJoined }) => isJoined)];
  const isUnread = ({ unreadCount, isMarkedUnread }: (typeof own)[number]): boolean =>
    unreadCount > 0 || isMarkedUnread;
  return (own.find(({ id }) => id === input.lastId) ?? own.find(isUnread))?.id;
}
