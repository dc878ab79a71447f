/**
 * The members whom `@here` means: those who are present, on any node, when the message is sent. Users who
 * are invisible are absent, as others see them, so that a mention shows nothing about them. The names become
 * mentions of the message, as if its author had written them: presence is not stored.
 */
import { ChatError, findMentions, type Mentions, type RoomId, type UserId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserPresence } from '../presence/user-presence.ts';

export interface HereMentionsDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly presence: Pick<UserPresence, 'members'>;
}

const PAGE = 500;
/** Members whom one message mentions by `@here`. */
const PRESENT_MAX = 1000;

export function mentionsHere(content: string): boolean {
  return findMentions(content).here === true;
}

export function withNames(mentions: Mentions, names: readonly string[]): Mentions {
  if (names.length === 0) return mentions;
  return { ...mentions, names: [...new Set([...mentions.names, ...names])] };
}

/**
 * Usernames in lower case, without the author and bots.
 *
 * @throws {ChatError} VALIDATION_ERROR if too many are present.
 */
export async function namesOfPresent(
  { store, presence }: HereMentionsDependencies,
  { id: authorId }: Pick<User, 'id'>,
  roomId: RoomId,
): Promise<readonly string[]> {
  const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, authorId);
  // The log rejects the message.
  if (found?.role === undefined) return [];
  const names: string[] = [];
  let after: UserId | undefined;
  do {
    const members = await store.rooms.listMembers(roomId, { after, limit: PAGE });
    const ids = members.flatMap(({ user }) =>
      user.id === authorId || user.isBot === true ? [] : [user.id],
    );
    const present = presence.members(ids).filter(({ status }) => status !== 'offline');
    names.push(...present.map(({ username }) => username.toLowerCase()));
    after = members.length < PAGE ? undefined : members.at(-1)?.user.id;
  } while (after !== undefined && names.length <= PRESENT_MAX);
  if (names.length <= PRESENT_MAX) return names;
  const message = `More than ${PRESENT_MAX} members are here: write @everyone`;
  throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
