/** Choices of the palette for a text: rooms, people and commands. Pure. */
import type { UserPayload } from '@parley/client';
import type { IconName } from '../components/icon.tsx';
import type { PersonRow } from '../people/people-rows.ts';
import type { RoomRow } from '../rooms/room-rows.ts';
import { personPath, roomPath } from '../route.ts';
import { strings } from '../strings.ts';
import { paletteStrings } from './palette-strings.ts';

export interface PaletteItem {
  readonly key: string;
  readonly icon: IconName;
  readonly label: string;
  /** At the end of the row, such as the number of unread messages. */
  readonly note: string;
  /** An address of the page, or a command. */
  readonly target:
    | { readonly kind: 'path'; readonly path: string }
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

export interface PaletteInput {
  readonly query: string;
  readonly rooms: readonly RoomRow[];
  readonly people: readonly PersonRow[];
  /** Users that the server found. */
  readonly found: readonly UserPayload[];
}

const GROUP_MAX = 8;

const COMMANDS: readonly (readonly [PaletteCommand, IconName])[] = [
  ['create_room', 'join'],
  ['activity', 'bell'],
  ['drafts', 'edit'],
  ['create_group', 'people'],
  ['create_workspace', 'home'],
  ['mark_all_read', 'check'],
  ['settings', 'settings'],
  ['help', 'key'],
  ['log_out', 'logOut'],
];

/** Unread ones first while nothing is written, then by name, as the lists are sorted. */
export function paletteItems({ query, rooms, people, found }: PaletteInput): PaletteItem[] {
  const wanted = query.trim().toLowerCase();
  const isMatch = (text: string): boolean => text.toLowerCase().includes(wanted);
  const conversations = people.filter(
    ({ name, person }) => isMatch(name) || isMatch(person?.username ?? ''),
  );
  const known = new Set(people.flatMap(({ person }) => (person ? [person.username] : [])));
  const strangers = found.filter(({ username }) => !known.has(username));
  const commands = COMMANDS.filter(([command]) => isMatch(paletteStrings.commands[command]));
  return [
    ...firstUnread(rooms.filter(({ name }) => isMatch(name))).map(roomItem),
    ...firstUnread(conversations).map(conversationItem),
    ...strangers.slice(0, GROUP_MAX).map(personItem),
    ...commands.map(([command, icon]) => commandItem(command, icon)),
  ];
}

function firstUnread<R extends { readonly unreadCount: number }>(rows: readonly R[]): R[] {
  const isRead = ({ unreadCount }: R): number => (unreadCount > 0 ? 0 : 1);
  return [...rows].sort((a, b) => isRead(a) - isRead(b)).slice(0, GROUP_MAX);
}

function noteOf(unreadCount: number): string {
  return unreadCount > 0 ? strings.rooms.unread(unreadCount) : '';
}

function roomItem({ id, name, unreadCount }: RoomRow): PaletteItem {
  const target = { kind: 'path', path: roomPath(id) } as const;
  return { key: id, icon: 'hash', label: name, note: noteOf(unreadCount), target };
}

function conversationItem({ id, name, person, unreadCount }: PersonRow): PaletteItem {
  const target = { kind: 'path', path: roomPath(id) } as const;
  const icon = person === undefined ? 'people' : 'person';
  return { key: id, icon, label: name, note: noteOf(unreadCount), target };
}

function personItem({ id, username, displayName = username }: UserPayload): PaletteItem {
  const target = { kind: 'path', path: personPath(username) } as const;
  return { key: id, icon: 'person', label: displayName, note: paletteStrings.write, target };
}

function commandItem(command: PaletteCommand, icon: IconName): PaletteItem {
  const target = { kind: 'command', command } as const;
  return { key: command, icon, label: paletteStrings.commands[command], note: '', target };
}
