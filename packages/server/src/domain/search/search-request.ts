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
import type { User } from '../../model/user.ts';
import type { SearchStep } from '../../ports/search-store.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import { parseTime } from '../primitives/iso-time.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import { RoomIds } from '../rooms/room-reference.ts';

export interface SearchRequest {
  readonly q?: string | undefined;
  /** Id or name. */
  readonly room?: string | undefined;
  /** Username. */
  readonly from?: string | undefined;
  /** Dates or times in ISO 8601. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly has?: string | undefined;
}

/** A search whose names are known: what a message must have. */
export type ResolvedSearch = Omit<SearchStep, 'after' | 'limit'> &
  Pick<ReturnType<typeof parseSearch>, 'excluded'> & {
    readonly userId: UserId;
    /** All that the user may read if empty. */
    readonly roomIds: readonly RoomId[];
  };

interface ResolveDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly stemsOf: StemsOf;
}

/** Rooms of a user among which `in:` finds one by the name that the user sees. */
const ROOMS_NAMED_MAX = 500;
const CONTENTS: readonly string[] = SEARCH_CONTENTS;

/**
 * Undefined if nothing can be found, because an operator of the text names no user or room.
 *
 * @throws {ChatError} VALIDATION_ERROR; as `findReadable` for the field `room`.
 */
export async function resolveSearch(
  dependencies: ResolveDependencies,
  user: Pick<User, 'id' | 'username'>,
  { q = '', room, ...fields }: SearchRequest,
): Promise<ResolvedSearch | undefined> {
  const query = parseSearch(checked(q), dependencies.stemsOf);
  const { phrases, excluded } = query;
  const froms = [...query.from, ...given(fields.from)];
  const terms = [phrases, excluded, froms, query.in, query.has, query.before, query.after].flat();
  const words = [...phrases, ...excluded].flatMap((phrase) => phrase.words);
  if (Math.max(terms.length, words.length) > LIMITS.searchTermsMax) {
    throw invalid('q', `'q' has more than ${LIMITS.searchTermsMax} words and operators`);
  }
  const contents = [...query.has.map(toContent), ...given(fields.has).map(toContent)];
  const [fromMs, beforeMs] = rangeOf({
    after: [
      ...query.after.map(inText),
      ...given(fields.after).map((text) => parseTime(text, 'after')),
    ],
    before: [
      ...query.before.map(inText),
      ...given(fields.before).map((text) => parseTime(text, 'before')),
    ],
  });
  const isOpenEnded = phrases.length + froms.length + query.in.length + contents.length === 0;
  if (isOpenEnded && room === undefined) {
    throw invalid('q', "'q' needs a word, or an operator such as from:, in: or has:");
  }
  const within = room === undefined ? undefined : await findRoom(dependencies, user, room);
  const named = query.in.length > 0 ? await findRooms(dependencies, user, query.in) : undefined;
  const roomIds = roomsOf(within, named);
  const authorIds = (
    await Promise.all(froms.map((name) => findAuthor(dependencies, user, name)))
  ).flat();
  if (roomIds?.length === 0 || (froms.length > 0 && authorIds.length === 0)) return undefined;
  return {
    userId: user.id,
    phrases,
    excluded,
    roomIds: roomIds ?? [],
    authorIds,
    contents,
    fromMs,
    beforeMs,
  };
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

/** The time of an operator in the text. */
function inText(text: string): number {
  return parseTime(text, 'q');
}

function rangeOf(times: {
  readonly after: readonly number[];
  readonly before: readonly number[];
}): readonly [fromMs: number, beforeMs: number] {
  return [Math.max(0, ...times.after), Math.min(Number.MAX_SAFE_INTEGER, ...times.before)];
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
): Promise<RoomId[]> {
  const names = new Set(written.map((each) => foldName(each.replace(/^[#@]/, ''))));
  const own = await store.rooms.listRoomsOf(user.id, ROOMS_NAMED_MAX);
  const rooms = own.map(({ room }) => room);
  const titles = await displayNames.findAll(user.id, rooms);
  const found = rooms.filter(({ id }) => {
    const { title = '', person } = titles.get(id) ?? {};
    return names.has(foldName(title)) || names.has(person?.username.toLowerCase() ?? '');
  });
  const others = [...new Set(written)].map(async (each) => {
    const id = await new RoomIds(store.rooms).find({ user }, each.replace(/^#/, ''));
    return findReadable({ store }, user.id, id).then(
      () => [id],
      () => [],
    );
  });
  return [...found.map(({ id }) => id), ...(await Promise.all(others)).flat()];
}

async function findAuthor(
  { store }: ResolveDependencies,
  user: Pick<User, 'id'>,
  written: string,
): Promise<UserId[]> {
  const username = written.replace(/^@/, '');
  if (username.toLowerCase() === 'me') return [user.id];
  const found = await store.accounts.findUser({ kind: 'username', username });
  return found === undefined ? [] : [found.id];
}

function invalid(field: string, message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field, message });
}
