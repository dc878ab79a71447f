/** Checks the fields of a search and the operators of its text, and resolves the names in them. */
import {
  ChatError,
  foldName,
  LIMITS,
  parseSearch,
  type RoomId,
  SEARCH_CONTENTS,
  type SearchContent,
  type StemsOf,
  type UserId,
} from '@parley/protocol';
import { permits } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SearchStep } from '../../ports/search-store.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import { RoomIds } from '../rooms/room-reference.ts';
import { searchedTimes } from './search-times.ts';

export interface SearchRequest {
  readonly q?: string | undefined;
  /** Id or name. */
  readonly room?: string | undefined;
  /** Username, or the name that a user shows. */
  readonly from?: string | undefined;
  /** Dates or times in ISO 8601. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** Of the dates; default UTC. */
  readonly timeZone?: string | undefined;
  readonly has?: string | undefined;
}

/** A search whose names are known: what a message must have. */
export type ResolvedSearch = Omit<SearchStep, 'after' | 'limit'> &
  Pick<ReturnType<typeof parseSearch>, 'excluded'> & {
    readonly userId: UserId;
    /** All that the user may read if empty. */
    readonly roomIds: readonly RoomId[];
  };

interface Resolution {
  /** Undefined if nothing can be found, because operators of the text name no user or room. */
  readonly search: ResolvedSearch | undefined;
  /** Operators whose values name no user or room that the user knows, as `from:ana`. */
  readonly unknown: readonly string[];
}

interface ResolveDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly stemsOf: StemsOf;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Rooms of a user among which `in:` finds one by the name that the user sees. */
const ROOMS_NAMED_MAX = 500;
/** Names that begin with the words after `from:`, of which one is to be these words. */
const NAMES_READ_MAX = 100;
/** Rooms of each user in which a guest is looked for. */
const ROOMS_SHARED_MAX = 1000;
const CONTENTS: readonly string[] = SEARCH_CONTENTS;

/**
 * @throws {ChatError} VALIDATION_ERROR; as `findReadable` for the field `room`.
 */
export async function resolveSearch(
  dependencies: ResolveDependencies,
  user: User,
  { q = '', room, ...fields }: SearchRequest,
): Promise<Resolution> {
  const query = parseSearch(checked(q), dependencies.stemsOf);
  const { phrases, excluded } = query;
  const froms = [...query.from, ...given(fields.from)];
  const terms = [phrases, excluded, froms, query.in, query.has, query.before, query.after].flat();
  const words = [...phrases, ...excluded].flatMap((phrase) => phrase.words);
  if (Math.max(terms.length, words.length) > LIMITS.searchTermsMax) {
    throw invalid('q', `'q' has more than ${LIMITS.searchTermsMax} words and operators`);
  }
  const contents = [...query.has.map(toContent), ...given(fields.has).map(toContent)];
  const [fromMs, beforeMs] = searchedTimes(
    {
      after: [...query.after, ...given(fields.after)],
      before: [...query.before, ...given(fields.before)],
    },
    fields.timeZone,
  );
  const isOpenEnded = phrases.length + froms.length + query.in.length + contents.length === 0;
  if (isOpenEnded && room === undefined) {
    throw invalid('q', "'q' needs a word, or an operator such as from:, in: or has:");
  }
  const within = room === undefined ? undefined : await findRoom(dependencies, user, room);
  const named = query.in.length > 0 ? await findRooms(dependencies, user, query.in) : undefined;
  const roomIds = roomsOf(within, named?.found);
  const authors = await findAuthors(dependencies, user, froms);
  const unknown = [...(named?.unknown ?? []), ...authors.unknown];
  const authorIds = authors.found;
  if (roomIds?.length === 0 || (froms.length > 0 && authorIds.length === 0)) {
    return { search: undefined, unknown };
  }
  const search = {
    userId: user.id,
    phrases,
    excluded,
    roomIds: roomIds ?? [],
    authorIds,
    contents,
    fromMs,
    beforeMs,
  };
  return { search, unknown };
}

function checked(q: string): string {
  if (q.length <= LIMITS.searchLengthMax) return q;
  throw invalid('q', `'q' has more than ${LIMITS.searchLengthMax} characters`);
}

function given(field: string | undefined): string[] {
  return field === undefined ? [] : [field];
}

function toContent(text: string): SearchContent {
  const content = text.toLowerCase();
  // The list has these types only.
  if (CONTENTS.includes(content)) return content as SearchContent;
  throw invalid('q', `'has:' is followed by ${CONTENTS.join(', ')}`);
}

/** The room of the field, and those of the operators; undefined for all. */
function roomsOf(
  within: RoomId | undefined,
  named: readonly RoomId[] | undefined,
): readonly RoomId[] | undefined {
  if (within === undefined) return named && [...new Set(named)];
  return named === undefined || named.includes(within) ? [within] : [];
}

async function findRoom(
  { store }: ResolveDependencies,
  user: Pick<User, 'id'>,
  requested: string,
): Promise<RoomId> {
  const roomId = await new RoomIds(store.rooms).find({ user }, requested);
  await findReadable({ store }, user.id, roomId);
  return roomId;
}

/** The rooms that the user sees under these names: own ones, which are read once, and public ones. */
async function findRooms(
  { store, displayNames }: ResolveDependencies,
  user: Pick<User, 'id'>,
  written: readonly string[],
): Promise<Named<RoomId>> {
  const own = await store.rooms.listRoomsOf(user.id, ROOMS_NAMED_MAX);
  const rooms = own.map(({ room }) => room);
  const titles = await displayNames.findAll(user.id, rooms);
  const byName = new Map<string, RoomId[]>();
  for (const { id } of rooms) {
    const { title = '', person } = titles.get(id) ?? {};
    for (const name of new Set([foldName(title), person?.username.toLowerCase() ?? ''])) {
      byName.set(name, [...(byName.get(name) ?? []), id]);
    }
  }
  return findEach('in', written, async (each) => {
    const found = byName.get(foldName(each.replace(/^[#@]/, ''))) ?? [];
    const id = await new RoomIds(store.rooms).find({ user }, each.replace(/^#/, ''));
    return findReadable({ store }, user.id, id).then(
      () => [...found, id],
      () => found,
    );
  });
}

/**
 * The users of these names: of a username, and of the shown names that are this text, or else of those with
 * these words. A guest finds those who share a room with the guest.
 */
async function findAuthors(
  { store: { accounts, rooms }, clock }: ResolveDependencies,
  user: User,
  written: readonly string[],
): Promise<Named<UserId>> {
  return findEach('from', written, async (each) => {
    const username = each.replace(/^@/, '');
    if (username.toLowerCase() === 'me') return [user.id];
    const text = foldName(username);
    const [byUsername, { users }] = await Promise.all([
      accounts.findUser({ kind: 'username', username }),
      text === '' ? { users: [] } : accounts.listUsersByWord(text, NAMES_READ_MAX, clock.nowMs()),
    ]);
    const shown = users.filter(({ displayName }) => foldName(displayName) === text);
    const withWords = users.filter(({ displayName }) =>
      ` ${foldName(displayName)} `.includes(` ${text} `),
    );
    const others = shown.length > 0 || byUsername !== undefined ? shown : withWords;
    const found = [...(byUsername ? [byUsername] : []), ...others].map(({ id }) => id);
    if (permits('join-rooms', user)) return found;
    const roomIds = await rooms.listRoomIdsOf([user.id, ...found], ROOMS_SHARED_MAX);
    const own = new Set(roomIds.get(user.id));
    return found.filter((id) => roomIds.get(id)?.some((roomId) => own.has(roomId)));
  });
}

interface Named<Id> {
  readonly found: readonly Id[];
  readonly unknown: readonly string[];
}

async function findEach<Id>(
  operator: 'from' | 'in',
  written: readonly string[],
  find: (written: string) => Promise<readonly Id[]>,
): Promise<Named<Id>> {
  const names = [...new Set(written)];
  const found = await Promise.all(names.map(find));
  return {
    found: [...new Set(found.flat())],
    unknown: names
      .filter((_, index) => found[index]?.length === 0)
      .map((name) => `${operator}:${name}`),
  };
}

function invalid(field: string, message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field, message });
}
