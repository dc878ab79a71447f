/** Finds users by the beginnings of the words of their names, to write to them or mention them. */
import { foldName, matchName, type RoomId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';

/** Maximum number of users in one answer. */
const FOUND_MAX = 20;
/** Maximum number of blocked users that a search leaves out. */
const BLOCKED_MAX = 10_000;
/** Maximum number of names that one search reads. */
const NAMES_MAX = 100;
/** Maximum number of members among whom a search looks for names, and of names among members. */
const MEMBERS_MAX = 1000;

interface FoundPerson {
  readonly user: User;
  /** Of a search with a room. */
  readonly isMember?: boolean;
}

interface PeopleSearchDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'listUsersByWord'
    | 'listUsersByExternalId'
    | 'listMembersByWord'
    | 'listBlocked'
    | 'listBlockedBetween'
  >;
  readonly rooms: Pick<RoomStore, 'findRoom'>;
  readonly userLimits: Pick<UserRateLimits, 'searches'>;
}

export class PeopleSearch {
  readonly #dependencies: PeopleSearchDependencies;

  constructor(dependencies: PeopleSearchDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Also finds the user with exactly this id in the application that authenticates them. Members of the room come first; it is ignored if the user is not a member. Leaves out the user,
   * and users whom the user has blocked. Users who have blocked the user are found: that they are
   * missing would show the block.
   *
   * @throws {ChatError} RATE_LIMITED.
   */
  async find(user: User, written: string, roomId?: RoomId): Promise<FoundPerson[]> {
    const { accounts, rooms, userLimits } = this.#dependencies;
    await userLimits.searches.take(user.id);
    const text = foldName(written.trim().replace(/^@/u, ''));
    const room = roomId && (await rooms.findRoom({ kind: 'id', id: roomId }, user.id));
    const isIn = room?.role !== undefined;
    const [members, others, byId] = await Promise.all([
      room?.role === undefined ? [] : this.#members(room.room.id, text),
      text === '' ? [] : this.#everybody(text),
      text === '' ? [] : accounts.listUsersByExternalId([written.trim()]),
    ]);
    const memberIds = new Set(members.map(({ id }) => id));
    const inText = [
      ...inOrder(members, text),
      ...inOrder(
        others.filter(({ id }) => !memberIds.has(id)),
        text,
      ),
      ...byId,
    ].filter(({ id }) => id !== user.id);
    const found = [...new Map(inText.map((each) => [each.id, each])).values()];
    const ids = found.map(({ id }) => id);
    const between = await accounts.listBlockedBetween(user.id, ids);
    const blocked = between.length === 0 ? [] : await accounts.listBlocked(user.id, BLOCKED_MAX);
    const hidden = new Set(blocked.map(({ id }) => id));
    return found
      .filter(({ id }) => !hidden.has(id))
      .slice(0, FOUND_MAX)
      .map((each) => ({ user: each, ...(isIn && { isMember: memberIds.has(each.id) }) }));
  }

  #members(roomId: RoomId, text: string): Promise<User[]> {
    const bounds = { limit: NAMES_MAX, scannedMax: MEMBERS_MAX };
    return this.#dependencies.accounts.listMembersByWord(roomId, longestWord(text), bounds);
  }

  /** The words of a name in the order of the text, and in any other order. */
  async #everybody(text: string): Promise<User[]> {
    const { accounts } = this.#dependencies;
    const word = longestWord(text);
    const [inOrder, inAny] = await Promise.all([
      accounts.listUsersByWord(text, NAMES_MAX),
      word === text ? [] : accounts.listUsersByWord(word, NAMES_MAX),
    ]);
    return [...new Map([...inOrder, ...inAny].map((each) => [each.id, each])).values()];
  }
}

function longestWord(text: string): string {
  return text.split(' ').reduce((longest, word) => (word.length > longest.length ? word : longest));
}

/** Users whom the text names, those whose name begins with it first. */
function inOrder(users: readonly User[], text: string): User[] {
  return users
    .map((user) => ({ user, rank: matchName([user.username, user.displayName], text) ?? 2 }))
    .filter(({ rank }) => rank < 2)
    .sort((a, b) => a.rank - b.rank || (keyOf(a.user) < keyOf(b.user) ? -1 : 1))
    .map(({ user }) => user);
}

function keyOf({ username }: User): string {
  return username.toLowerCase();
}
