/** Finds users by the beginnings of the words of their names, to write to them or mention them. */
import { ChatError, foldName, matchName, type RoomId, type UserId } from '@parley/protocol';
import { longestWord } from '../../model/name-keys.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import { permits } from '../../model/role-table.ts';
import type { FoundUsers, User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { inReachOf } from '../core/people-in-reach.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';

/** Number of users in one answer, unless the caller asks for another. */
const FOUND_DEFAULT = 20;
/** Maximum number of blocked users that a search leaves out. */
const BLOCKED_MAX = 10_000;
/** Maximum number of names that one search reads. */
const NAMES_MAX = 100;
/** Maximum number of members among whom a search looks for names, and of names among members. */
const MEMBERS_MAX = 1000;

interface PeopleRequest extends PageRequest {
  readonly text: string;
  readonly roomId?: RoomId | undefined;
}

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
  readonly rooms: Pick<RoomStore, 'findRoom' | 'listAcquainted'>;
  readonly userLimits: Pick<UserRateLimits, 'searches'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class PeopleSearch {
  readonly #dependencies: PeopleSearchDependencies;

  constructor(dependencies: PeopleSearchDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Also finds the user with exactly this id in the application that authenticates them. Members of
   * the room come first; it is ignored if the user is not a member. Leaves out the user, disabled users, and
   * those whom the user has blocked. Users who have blocked the user are found: that they are missing would show
   * the block. A guest finds only those in reach. A search reads a limited number of names: if more begin with the text, the last page has
   * more, and no next one.
   *
   * @throws {ChatError} VALIDATION_ERROR for an unknown position, RATE_LIMITED.
   */
  async find(
    user: User,
    { text: written, roomId, after, limit = FOUND_DEFAULT }: PeopleRequest,
  ): Promise<Page<FoundPerson>> {
    const { accounts, rooms, userLimits } = this.#dependencies;
    const start = after === undefined ? '' : toPosition(after);
    await userLimits.searches.take(user.id);
    const text = foldName(written.trim().replace(/^@/u, ''));
    const room = roomId && (await rooms.findRoom({ kind: 'id', id: roomId }, user.id));
    const isIn = room?.role !== undefined;
    const [members, others, byId] = await Promise.all([
      room?.role === undefined ? NOBODY : this.#members(room.room.id, text),
      text === '' ? NOBODY : this.#everybody(text),
      text === '' ? [] : accounts.listUsersByExternalId([written.trim()]),
    ]);
    const memberIds = new Set(members.users.map(({ id }) => id));
    const positions = [
      ...inOrder(members.users, text, 'members'),
      ...inOrder(others.users, text, 'others'),
      ...byId
        .filter(({ disabledAtMs }) => disabledAtMs === undefined)
        .map((each) => ({ user: each, position: positionOf(each, 'ids') })),
    ];
    const first = new Map<UserId, Found>();
    for (const each of positions) if (!first.has(each.user.id)) first.set(each.user.id, each);
    first.delete(user.id);
    const found = [...first.values()].filter(({ position }) => position > start);
    const ids = found.map(({ user: { id } }) => id);
    const between = await accounts.listBlockedBetween(user.id, ids);
    const blocked = between.length === 0 ? [] : await accounts.listBlocked(user.id, BLOCKED_MAX);
    const hidden = new Set(blocked.map(({ id }) => id));
    const people = found.map((each) => each.user);
    const known = new Set(await inReachOf({ store: { rooms } }, user, people));
    const shown = found.filter((each) => !hidden.has(each.user.id) && known.has(each.user));
    const { items, hasMore, next } = cutPage(shown, limit, ({ position }) => position);
    return {
      items: items.map((each) => ({
        user: each.user,
        ...(isIn && { isMember: memberIds.has(each.user.id) }),
      })),
      // That there are others is not for a guest to learn.
      hasMore: hasMore || (permits('write-to-all', user) && (members.hasMore || others.hasMore)),
      next,
    };
  }

  async #members(roomId: RoomId, text: string): Promise<FoundUsers> {
    const { accounts, clock } = this.#dependencies;
    const bounds = { limit: NAMES_MAX + 1, scannedMax: MEMBERS_MAX, nowMs: clock.nowMs() };
    const found = await accounts.listMembersByWord(roomId, longestWord(text), bounds);
    const users = found.slice(0, NAMES_MAX).map(({ user }) => user);
    return { users, hasMore: found.length > NAMES_MAX };
  }

  /** The words of a name in the order of the text, and in any other order. */
  async #everybody(text: string): Promise<FoundUsers> {
    const { accounts, clock } = this.#dependencies;
    const nowMs = clock.nowMs();
    const word = longestWord(text);
    const [inOrder, inAny] = await Promise.all([
      accounts.listUsersByWord(text, NAMES_MAX, nowMs),
      word === text ? NOBODY : accounts.listUsersByWord(word, NAMES_MAX, nowMs),
    ]);
    const found = [...inOrder.users, ...inAny.users].map((each) => [each.id, each] as const);
    return {
      users: [...new Map(found).values()],
      hasMore: inOrder.hasMore || inAny.hasMore,
    };
  }
}

interface Found {
  readonly user: User;
  readonly position: string;
}

const NOBODY: FoundUsers = { users: [], hasMore: false };
/** The parts of a list in their order, as in the texts of positions. */
const PARTS = { members: 'a', others: 'b', ids: 'c' } as const;
const POSITION = /^[abc][01]~.+$/u;

/** Where a user stands in the list, in its order. */
function positionOf({ username }: User, part: keyof typeof PARTS, rank = 0): string {
  return `${PARTS[part]}${rank}~${username.toLowerCase()}`;
}

/** @throws {ChatError} VALIDATION_ERROR for a text that no page before has given. */
function toPosition(after: string): string {
  if (POSITION.test(after)) return after;
  const message = "'after' must be 'next' of the page before";
  throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
}

/** Users whom the text names, those whose name begins with it first. */
function inOrder(users: readonly User[], text: string, part: keyof typeof PARTS): Found[] {
  return users
    .flatMap((user) => {
      const rank = matchName([user.username, user.displayName], text) ?? 2;
      return rank < 2 ? [{ user, position: positionOf(user, part, rank) }] : [];
    })
    .sort((a, b) => (a.position < b.position ? -1 : 1));
}
