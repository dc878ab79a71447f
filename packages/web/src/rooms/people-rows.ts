/** Selects and sorts the rows of the list of people. Pure. */
import type {
  ClientSnapshot,
  Conversation,
  PresenceStatus,
  Unread,
  UserPayload,
} from '@parley/client';
import { compareNames, markedUnread, type NameFilter, shownUnread } from './room-rows.ts';
import { conversationName } from './shown-room-name.ts';

/** Maximum number of rows; a longer list is narrowed by its filter. */
const PEOPLE_ROWS_MAX = 200;

export interface PersonRow extends Conversation, Unread {
  /** Undefined for a group. */
  readonly status: PresenceStatus | undefined;
  /** 0 if it is not known. */
  readonly lastActivityMs: number;
  /** The user marked the conversation as unread. */
  readonly isMarkedUnread: boolean;
  /** Nothing in the conversation calls for the user; its counts are 0. */
  readonly isMuted: boolean;
}

export interface PeopleRowsInput
  extends Pick<ClientSnapshot, 'conversations' | 'directory' | 'presence' | 'rooms' | 'unread'> {
  readonly self: UserPayload;
  /** Without it all are shown. */
  readonly filter?: NameFilter | undefined;
}

/** Sorted by name: a row does not move when a message arrives. */
export function peopleRows(input: PeopleRowsInput): readonly PersonRow[] {
  const { conversations, directory, presence, rooms, unread, self, filter = () => 0 } = input;
  const marked = markedUnread(directory);
  const listed = new Map(directory.rooms.map(({ id, lastActivity }) => [id, lastActivity]));
  return [...conversations.values()]
    .map((conversation) => ({ ...conversation, name: conversationName(conversation, presence) }))
    .filter(({ name, person }) => filter([name, person?.username ?? '']) !== undefined)
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
        lastActivityMs: Date.parse(listed.get(id) ?? '') || 0,
        ...shownUnread({ rooms, unread, self }, id),
      };
    });
}
