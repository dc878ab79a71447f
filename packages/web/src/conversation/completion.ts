/**
 * Finds what to complete before the caret: the name of a person or the code of an emoji; and the people
 * to mention. Loaded on the first use.
 */
import {
  type ChatClient,
  type FoundUser,
  matchName,
  openMention,
  type RoomId,
  type UserPayload,
} from '@parley/client';

export interface CompletionQuery {
  readonly kind: 'mention' | 'emoji';
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
  const code = CODE.exec(beforeCaret)?.[1];
  if (code === undefined) return undefined;
  return { kind: 'emoji', start: code, from: beforeCaret.length - code.length - 1 };
}

interface Mentionable {
  readonly id: string;
  readonly username: string;
  readonly displayName?: string | undefined;
  readonly isBot?: boolean | undefined;
  /** Undefined for those whom the page knows from the room. */
  readonly isMember?: boolean | undefined;
}

/** The room of the message box, and the user. */
export interface MentionPlace {
  readonly client: ChatClient;
  readonly roomId: RoomId;
  readonly user: UserPayload;
}

const EVERYONE = 'everyone';
const NOT_HERE = 'not in this room';

/**
 * Members before others; of each, beginnings of names before other words. A complete username has no
 * choices, so that Enter sends.
 */
export function mentionChoices(
  known: readonly Mentionable[],
  found: readonly FoundUser[],
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
  if (people.has(wanted) || wanted === EVERYONE) return [];
  const everyone: Mentionable = { id: '', username: EVERYONE, isMember: true };
  return [...people.values(), everyone]
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
    .map(({ person: { id, username, displayName = username, isBot = false, isMember } }) => {
      const text = `@${username}`;
      const label = displayName === username ? text : `${displayName} ${text}`;
      const person = id === '' ? {} : { person: { id, name: displayName, isBot } };
      return { key: username, label, text, ...person, ...(isMember ? {} : { note: NOT_HERE }) };
    });
}

/** The members of the room that begin with the text, then other people. @throws {ChatError} */
export async function findPeople(
  place: MentionPlace,
  start: string,
): Promise<readonly FoundUser[]> {
  const { client, roomId, user } = place;
  const found = await client.people.find(start, { roomId });
  return found.filter(({ id }) => id !== user.id);
}

/** People who have the room open or wrote in it, without the user. */
export function knownPeople({ client, roomId, user }: MentionPlace): readonly Mentionable[] {
  const { rooms, presence } = client.getSnapshot();
  const room = rooms.get(roomId);
  if (room?.kind !== 'open') return [];
  const people = new Map(room.log.messages.map(({ sender, userId }) => [sender, userId]));
  for (const { username, userId } of room.members.values()) people.set(username, userId);
  people.delete(user.username);
  return [...people].map(([username, userId]) => {
    const { displayName, isBot } = presence.get(userId) ?? {};
    return { id: userId, username, displayName, isBot };
  });
}
