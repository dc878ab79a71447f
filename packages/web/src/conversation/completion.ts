/**
 * Finds what to complete before the caret: the name of a person or room, or the code of an emoji; and
 * the people and rooms to offer. Loaded on the first use.
 */
import {
  type ChatClient,
  matchName,
  openMention,
  openRoom,
  type RoomId,
  roomKey,
  type UserPayload,
} from '@parley/client';
import { customEmojiOf, findCustomEmoji } from '../emoji/custom-emoji-list.ts';
import { userGroupsOf } from '../people/user-groups.ts';
import { linkedRooms } from '../rooms/room-keys.ts';
import { isPermitted } from '../rooms/room-permissions.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { userGroupStrings } from '../strings/user-groups.ts';

export interface CompletionQuery {
  readonly kind: 'mention' | 'room' | 'emoji';
  /** The text after the sign. */
  readonly start: string;
  /** Index of the sign. */
  readonly from: number;
}

export interface CompletionChoice {
  readonly key: string;
  readonly label: string;
  /** Replaces the written text. */
  readonly text: string;
  readonly emoji?: string;
  /** The person whom the choice mentions. */
  readonly person?: { readonly id: string; readonly name: string; readonly isBot: boolean };
  /** At the end of the row. */
  readonly note?: string;
}

/** Two letters at least: `:)` and times are no codes. */
const CODE = /(?:^|[\s(]):([a-z][\w+-]{1,30})$/iu;

export function completionQuery(beforeCaret: string): CompletionQuery | undefined {
  const mention = openMention(beforeCaret);
  if (mention !== undefined) return { kind: 'mention', start: mention.query, from: mention.start };
  const room = openRoom(beforeCaret);
  if (room !== undefined) return { kind: 'room', start: room.query, from: room.start };
  const code = CODE.exec(beforeCaret)?.[1];
  if (code === undefined) return undefined;
  return { kind: 'emoji', start: code, from: beforeCaret.length - code.length - 1 };
}

export interface Mentionable {
  readonly id: string;
  readonly username: string;
  readonly displayName?: string | undefined;
  readonly isBot?: boolean | undefined;
  /** Of a group: its members. */
  readonly note?: string | undefined;
  /** Undefined for those whom the page knows from the room. */
  readonly isMember?: boolean | undefined;
}

/** The room of the message box, and the user. */
export interface MentionPlace {
  readonly client: ChatClient;
  readonly roomId: RoomId;
  readonly user: UserPayload;
}

/** All members of the room, and those present. */
export const EVERYONE: readonly Mentionable[] = ['everyone', 'here'].map((username) => {
  return { id: '', username, isMember: true };
});
const NOT_HERE = 'not in this room';

/**
 * Members before others; of each, beginnings of names before other words. A complete username has no
 * choices, so that Enter sends.
 */
export function mentionChoices(
  known: readonly Mentionable[],
  found: readonly Mentionable[],
  start: string,
  max: number,
): readonly CompletionChoice[] {
  const people = new Map<string, Mentionable>();
  for (const person of [...known, ...found]) {
    const key = person.username.toLowerCase();
    const isMember = person.isMember ?? people.get(key)?.isMember ?? true;
    people.set(key, { ...people.get(key), ...person, isMember });
  }
  const wanted = start.toLowerCase();
  if (people.has(wanted)) return [];
  return [...people.values()]
    .flatMap((person) => {
      const { username, displayName = username } = person;
      const rank = matchName([displayName, username], start);
      return rank === undefined ? [] : [{ person, rank }];
    })
    .sort(
      (a, b) =>
        Number(b.person.isMember) - Number(a.person.isMember) ||
        a.rank - b.rank ||
        a.person.username.localeCompare(b.person.username),
    )
    .slice(0, max)
    .map(({ person: { id, username, displayName = username, isBot = false, isMember, note } }) => {
      const text = `@${username}`;
      const label = displayName === username ? text : `${displayName} ${text}`;
      const person = id === '' ? {} : { person: { id, name: displayName, isBot } };
      const end = isMember ? note : NOT_HERE;
      return { key: username, label, text, ...person, ...(end !== undefined && { note: end }) };
    });
}

/** As `mentionChoices`: joined rooms before others. */
export function roomChoices(
  { client }: MentionPlace,
  start: string,
  max: number,
): readonly CompletionChoice[] {
  const wanted = start.toLowerCase();
  const rooms = linkedRooms(client.getSnapshot().directory.rooms)
    .filter(({ archived }) => archived !== true)
    .map(({ id, name, joined = false }) => ({ id, name, joined, key: roomKey(name) }));
  if (rooms.some(({ key }) => key === wanted)) return [];
  return rooms
    .flatMap((room) => {
      const rank = matchName([room.name, room.key], start);
      return rank === undefined ? [] : [{ ...room, rank }];
    })
    .sort(
      (a, b) =>
        Number(b.joined) - Number(a.joined) || a.rank - b.rank || a.key.localeCompare(b.key),
    )
    .slice(0, max)
    .map(({ id, name, key }) => ({
      key: id,
      label: `#${name}`,
      text: `#${key}`,
    }));
}

/** Calls back with what the page knows, and again with the custom emoji of the server: these before others. */
export async function offerEmoji(
  client: ChatClient | undefined,
  found: {
    readonly start: string;
    readonly standard: readonly { readonly emoji: string; readonly code: string }[];
    readonly max: number;
  },
  offer: (choices: readonly CompletionChoice[]) => void,
): Promise<void> {
  const { start, max } = found;
  const standard = found.standard.map(({ emoji, code }) => {
    return { key: code, label: `:${code}:`, text: emoji, emoji };
  });
  const list = client && customEmojiOf(client);
  const offerAll = (): void => {
    const own = list === undefined ? [] : findCustomEmoji(list.known(), start);
    const custom = own.map((emoji) => ({ key: emoji, label: emoji, text: emoji, emoji }));
    offer([...custom, ...standard].slice(0, max));
  };
  offerAll();
  await list?.load();
  offerAll();
}

/** The members of the room that begin with the text, then other people, and groups. @throws {ChatError} */
export async function findPeople(
  place: MentionPlace,
  start: string,
): Promise<readonly Mentionable[]> {
  const { client, roomId, user } = place;
  const list = userGroupsOf(client);
  const [found] = await Promise.all([client.people.find(start, { roomId }), list.load()]);
  const groups = list.groups().map(({ handle, name, memberCount }) => ({
    ...{ id: '', username: handle, displayName: name },
    ...{ isMember: true, note: userGroupStrings.members(memberCount) },
  }));
  return [...found.filter(({ id }) => id !== user.id), ...groups];
}

/** People who have the room open or wrote in it, without the user; and everyone, if the user may mention all. */
export function knownPeople({ client, roomId, user }: MentionPlace): readonly Mentionable[] {
  const { directory, rooms, presence } = client.getSnapshot();
  const room = rooms.get(roomId);
  if (room?.kind !== 'open') return [];
  const mayMention = isPermitted(listedRoom(directory, roomId), 'mentioningAll');
  const people = new Map(room.log.messages.map(({ sender, userId }) => [sender, userId]));
  for (const { username, userId } of room.members.values()) people.set(username, userId);
  people.delete(user.username);
  const known = [...people].map(([username, userId]) => {
    const { displayName, isBot } = presence.get(userId) ?? {};
    return { id: userId, username, displayName, isBot };
  });
  return mayMention ? [...known, ...EVERYONE] : known;
}
