/** Selects and sorts the rows of the list of people. Pure. */
import type {
  ClientSnapshot,
  Conversation,
  PresenceStatus,
  Unread,
  UserPayload,
} from '@parley/client';
import { compareNames, markedUnread, shownUnread } from '../rooms/room-rows.ts';
import { conversationName } from '../rooms/shown-room-name.ts';

/** Maximum number of rows; a longer list is narrowed by its filter. */
export const PEOPLE_ROWS_MAX = 200;

export interface PersonRow extends Conversation, Unread {
  /** Undefined for a group. */
  readonly status: PresenceStatus | undefined;
  /** The user marked the conversation as unread. */
  readonly isMarkedUnread: boolean;
  /** Nothing in the conversation calls for the user; its counts are 0. */
  readonly isMuted: boolean;
}

export interface PeopleRowsInput
  extends Pick<ClientSnapshot, 'conversations' | 'directory' | 'presence' | 'rooms' | 'unread'> {
  readonly self: UserPayload;
  /** Part of the names to show. */
  readonly filter: string;
}

/** Sorted by name: a row does not move when a message arrives. */
export function peopleRows(input: PeopleRowsInput): readonly PersonRow[] {
  const { conversations, directory, presence, rooms, unread, self, filter } = input;
  const marked = markedUnread(directory);
  const wanted = filter.trim().toLowerCase();
  return [...conversations.values()]
    .map((conversation) => ({ ...conversation, name: conversationName(conversation, presence) }))
    .filter(
      ({ name, person }) =>
        name.toLowerCase().includes(wanted) || person?.username.toLowerCase().includes(wanted),
    )
    .sort((a, b) => compareNames(a.name, b.name))
    .slice(0, PEOPLE_ROWS_MAX)
    .map((conversation) => {
      const { id, person } = conversation;
      const status = person && (presence.get(person.id)?.status ?? 'offline');
      const isMarkedUnread = marked.has(id);
      return {
        ...conversation,
        status,
        isMarkedUnread,
        ...shownUnread({ rooms, unread, self }, id),
      };
    });
}
