/** Choices of the palette for a text: rooms, people and commands. Pure. */
import { matchName, type UserPayload } from '@parley/client';
import type { IconName } from '../components/icon.tsx';
import type { PersonRow } from '../rooms/people-rows.ts';
import type { RoomRow } from '../rooms/room-rows.ts';
import { messagePath, personPath, roomPath } from '../route.ts';
import { snippetOf } from '../search/snippet.ts';
import type { FoundMessage } from '../search/use-found-messages.ts';
import { paletteStrings } from '../strings/palette.ts';
import { searchStrings } from '../strings/search.ts';
import { strings } from '../strings/strings.ts';

export interface PaletteItem {
  readonly key: string;
  readonly icon: IconName;
  readonly label: string;
  /** At the end of the row, such as the number of unread messages. */
  readonly note: string;
  /** An address of the page, a search of messages, or a command. */
  readonly target:
    | { readonly kind: 'path'; readonly path: string }
    | { readonly kind: 'search' }
    | { readonly kind: 'command'; readonly command: PaletteCommand };
}

export type PaletteCommand =
  | 'activity'
  | 'drafts'
  | 'settings'
  | 'help'
  | 'mark_all_read'
  | 'create_room'
  | 'create_group'
  | 'create_workspace'
  | 'log_out';

interface PaletteInput {
  readonly query: string;
  readonly rooms: readonly RoomRow[];
  readonly people: readonly PersonRow[];
  /** Users that the server found. */
  readonly found: readonly UserPayload[];
  readonly isForPeople: boolean;
  /** Without a keyboard its shortcuts are not offered. */
  readonly hasKeyboard: boolean;
}

const GROUP_MAX = 8;

const COMMANDS: readonly (readonly [PaletteCommand, IconName])[] = [
  ['create_room', 'join'],
  ['activity', 'bell'],
  ['drafts', 'draft'],
  ['create_group', 'people'],
  ['create_workspace', 'home'],
  ['mark_all_read', 'check'],
  ['settings', 'settings'],
  ['help', 'key'],
  ['log_out', 'logOut'],
];

type Ranked = readonly [rank: number, item: PaletteItem];

/**
 * Beginnings of names first, then beginnings of their words, then names that contain the text. Within
 * each: rooms, conversations, other people and commands, as they are listed; unread ones first. For a
 * new message only people: those with the latest conversation first.
 */
export function paletteItems(input: PaletteInput): PaletteItem[] {
  const { query, rooms, people, found, isForPeople, hasKeyboard } = input;
  const ranked = <T>(
    all: readonly T[],
    names: (one: T) => string[],
    item: (one: T) => PaletteItem,
  ) =>
    all.flatMap((one): Ranked[] => {
      const rank = matchName(names(one), query);
      return rank === undefined ? [] : [[rank, item(one)]];
    });
  const known = new Set(people.flatMap(({ person }) => (person ? [person.username] : [])));
  const strangers = found.filter(({ username }) => !known.has(username));
  const namesOf = ({ name, person }: PersonRow): string[] => [name, person?.username ?? ''];
  const others = ranked(strangers, namesOfUser, personItem);
  if (isForPeople) {
    const partners = people.filter(({ person }) => person !== undefined).sort(compareActivity);
    return inOrder(firstBest([...ranked(partners, namesOf, conversationItem), ...others]));
  }
  const commands = COMMANDS.filter(([command]) => hasKeyboard || command !== 'help');
  const commandNames = ([command]: (typeof COMMANDS)[number]) => [paletteStrings.commands[command]];
  return inOrder([
    ...firstBest(ranked(firstUnread(rooms), ({ name }) => [name], roomItem)),
    ...firstBest(ranked(firstUnread(people), namesOf, conversationItem)),
    ...firstBest(others),
    ...ranked(commands, commandNames, ([command, icon]) => commandItem(command, icon)),
  ]);
}

function namesOfUser({ username, displayName = username }: UserPayload): string[] {
  return [displayName, username];
}

function firstBest(found: readonly Ranked[]): readonly Ranked[] {
  return [...found].sort(([a], [b]) => a - b).slice(0, GROUP_MAX);
}

function inOrder(found: readonly Ranked[]): PaletteItem[] {
  return [...found].sort(([a], [b]) => a - b).map(([, item]) => item);
}

function compareActivity(a: PersonRow, b: PersonRow): number {
  return b.lastActivityMs - a.lastActivityMs;
}

function firstUnread<R extends { readonly unreadCount: number }>(rows: readonly R[]): R[] {
  const isRead = ({ unreadCount }: R): number => (unreadCount > 0 ? 0 : 1);
  return [...rows].sort((a, b) => isRead(a) - isRead(b));
}

function noteOf(unreadCount: number): string {
  return unreadCount > 0 ? strings.rooms.unread(unreadCount) : '';
}

function roomItem({ id, name, unreadCount, isPrivate }: RoomRow): PaletteItem {
  const target = { kind: 'path', path: roomPath(id) } as const;
  return {
    key: id,
    icon: isPrivate ? 'lock' : 'hash',
    label: name,
    note: noteOf(unreadCount),
    target,
  };
}

function conversationItem({ id, name, person, unreadCount }: PersonRow): PaletteItem {
  const target = { kind: 'path', path: roomPath(id) } as const;
  const icon = person === undefined ? 'people' : 'person';
  const username = person === undefined ? [] : [`@${person.username}`];
  const note = [noteOf(unreadCount), ...username].filter(Boolean).join(' · ');
  return { key: id, icon, label: name, note, target };
}

function personItem({ id, username, displayName = username }: UserPayload): PaletteItem {
  const target = { kind: 'path', path: personPath(username) } as const;
  return { key: id, icon: 'person', label: displayName, note: `@${username}`, target };
}

function commandItem(command: PaletteCommand, icon: IconName): PaletteItem {
  const target = { kind: 'command', command } as const;
  return { key: command, icon, label: paletteStrings.commands[command], note: '', target };
}

/** Messages with the text, after everything that has a name, and the way to all of them. */
export function messageItems(query: string, found: readonly FoundMessage[]): PaletteItem[] {
  if (found.length === 0) return [];
  const messages = found.map((result): PaletteItem => {
    const { message, room } = result;
    const target = { kind: 'path', path: messagePath(room.id, message.sequence) } as const;
    const text = snippetOf(result)
      .map((piece) => piece.text)
      .join('');
    return {
      key: message.id,
      icon: 'reply',
      label: `${message.sender}: ${text}`,
      note: room.name,
      target,
    };
  });
  const all = { key: 'search', icon: 'search', label: searchStrings.all(query), note: '' } as const;
  return [...messages, { ...all, target: { kind: 'search' } }];
}
