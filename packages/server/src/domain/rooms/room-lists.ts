/** Lists the rooms that a user may see, and those that the user is a member of. */

import { LIMITS, matchName, type RoomId, type UserId } from '@parley/protocol';
import type { ListedRoom } from '../../model/listed-room.ts';
import type { Message } from '../../model/message.ts';
import { cutPage, formatTimeCursor, type Page, type PageRequest } from '../../model/page.ts';
import { mayManageRoom, mayModerate } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { findLastReads } from '../messages/message-read-times.ts';
import { positionAfter } from '../primitives/list-position.ts';
import type { RoomDisplayName, RoomDisplayNames } from './room-display-names.ts';
import {
  countVisibleParticipants,
  type ParticipantListDependencies,
} from './visible-participants.ts';

interface RoomListsDependencies extends ParticipantListDependencies {
  readonly store: Pick<Store, 'accounts' | 'log' | 'rooms'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
}

/** A room in a list, with data that only the nodes have. */
export interface RoomSummary extends ListedRoom, RoomDisplayName {
  readonly memberCount: number;
  /** Whether the user may delete messages of others, and remove members of a lower rank. */
  readonly canModerate: boolean;
  /** Whether the user may change the settings. */
  readonly canManage: boolean;
}

/** The user for whom rooms are listed. */
type Reader = Pick<User, 'id' | 'role'>;

/** Number of rooms in the welcome; the latest active ones are taken, and others follow by pages. */
const OWN_ROOMS_MAX = 200;
/** Rooms whose names a search compares; `next` continues it. */
const ROOMS_SEARCHED_MAX = 500;

export interface RoomSummaries {
  readonly rooms: readonly RoomSummary[];
  readonly hasMore: boolean;
  /** Continues the list; undefined if it ends. */
  readonly next: string | undefined;
}

export class RoomLists {
  readonly #dependencies: RoomListsDependencies;

  constructor(dependencies: RoomListsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Ordered by id. A search may return less than the limit although the list continues. */
  async listVisible(
    user: Reader,
    page: {
      readonly after: RoomId | undefined;
      readonly limit: number | undefined;
      /** Only rooms whose name contains it. */
      readonly q?: string | undefined;
    },
  ): Promise<RoomSummaries> {
    const limit = page.limit ?? LIMITS.roomsPageDefault;
    if (page.q !== undefined) return this.#search(user, { ...page, limit, q: page.q });
    const { rooms, hasMore } = await this.#dependencies.store.rooms.listVisibleRooms(user.id, {
      after: page.after,
      limit,
    });
    const next = hasMore ? rooms.at(-1)?.room.id : undefined;
    return { rooms: await this.#toSummaries(user, rooms), hasMore, next };
  }

  async #search(
    user: Reader,
    { after, limit, q }: { readonly after: RoomId | undefined; limit: number; q: string },
  ): Promise<RoomSummaries> {
    const page = { after, limit: ROOMS_SEARCHED_MAX };
    const { rooms, hasMore } = await this.#dependencies.store.rooms.listVisibleRooms(user.id, page);
    const titles = await this.#dependencies.displayNames.findAll(
      user.id,
      rooms.map(({ room }) => room),
    );
    const isFound = ({ room: { id, name } }: ListedRoom) =>
      matchName([titles.get(id)?.title ?? name], q) !== undefined;
    const found = rooms.filter(isFound);
    const shown = found.slice(0, limit);
    const isCut = found.length > limit;
    const next = isCut ? shown.at(-1)?.room.id : hasMore ? rooms.at(-1)?.room.id : undefined;
    return { rooms: await this.#toSummaries(user, shown), hasMore: isCut || hasMore, next };
  }

  /** The rooms that the user is a member of, latest activity first. @throws {ChatError} VALIDATION_ERROR. */
  async listOwn(user: Reader, page: PageRequest = {}): Promise<RoomSummaries> {
    const { limit = OWN_ROOMS_MAX } = page;
    const after = positionAfter(page.after);
    const rows = await this.#dependencies.store.rooms.listRoomsOf(user.id, limit + 1, after);
    const { items, hasMore, next } = cutPage(rows, limit, activityCursorOf);
    return { rooms: await this.#toSummaries(user, items), hasMore, next };
  }

  /**
   * For clients that do not paginate: the user's own rooms, then one page of other rooms by id;
   * `listVisible` continues after the last one.
   */
  async listOwnFirst(user: Reader): Promise<RoomSummaries> {
    const own = await this.#dependencies.store.rooms.listRoomsOf(user.id, OWN_ROOMS_MAX);
    const ownIds = new Set(own.map(({ room }) => room.id));
    const { roomsPageDefault } = LIMITS;
    // Any of the user's own rooms may be in the page.
    const page = { after: undefined, limit: roomsPageDefault + own.length };
    const { rooms, hasMore } = await this.#dependencies.store.rooms.listVisibleRooms(user.id, page);
    const others = rooms.filter(({ room }) => !ownIds.has(room.id));
    const shown = others.slice(0, roomsPageDefault);
    const isCut = hasMore || others.length > roomsPageDefault;
    return {
      rooms: await this.#toSummaries(user, [...own, ...shown]),
      hasMore: isCut,
      next: isCut ? shown.at(-1)?.room.id : undefined,
    };
  }

  /** A user's direct and group rooms, latest activity first. @throws {ChatError} VALIDATION_ERROR. */
  async listConversations(
    user: Reader,
    page: PageRequest = {},
  ): Promise<Page<ConversationSummary>> {
    const { log, rooms: store } = this.#dependencies.store;
    const { limit = OWN_ROOMS_MAX } = page;
    const after = positionAfter(page.after);
    const listOf = () => store.listConversationsOf(user.id, limit + 1, after);
    const { items, hasMore, next } = cutPage(await listOf(), limit, activityCursorOf);
    const own = await this.#toSummaries(user, items);
    // Direct rooms without events are left out: their first message was rejected, or an earlier
    // version created them for typing.
    const isBegun = ({ room, head }: RoomSummary) => room.kind !== 'direct' || head.sequence > 0;
    const listed = own.filter(isBegun);
    const lastOf = await log.readLatest(listed.map(({ room }) => room.id));
    // A message that was stored after the list was read is shown only to those who are still members.
    const isNewer = ({ room, head }: RoomSummary) =>
      (lastOf.get(room.id)?.sequence ?? 0) > head.sequence;
    const current = listed.some(isNewer) ? await listOf() : [];
    const currentIds = new Set(current.map(({ room }) => room.id));
    const conversations = listed.filter((each) => !isNewer(each) || currentIds.has(each.room.id));
    const rooms = conversations.map(({ room }) => room);
    const readAtMsOf = await findLastReads(this.#dependencies, user.id, rooms, lastOf);
    const shown = conversations.map((summary) => ({
      ...summary,
      lastMessage: lastOf.get(summary.room.id),
      lastReadAtMs: readAtMsOf.get(summary.room.id),
    }));
    return { items: shown, hasMore, next };
  }

  async #toSummaries(
    { id: userId, role }: Reader,
    listed: readonly ListedRoom[],
  ): Promise<readonly RoomSummary[]> {
    const rooms = listed.map(({ room }) => room);
    const titles = await this.#dependencies.displayNames.findAll(userId, rooms);
    return listed.map((each) => ({
      ...each,
      memberCount: this.#countParticipants(each.room.id, userId),
      canModerate:
        each.membership !== undefined &&
        mayModerate({ role, roomRole: each.membership.role }, each.room.kind),
      canManage: mayManageRoom(
        { role, roomRole: each.membership?.role, workspaceRole: each.workspaceRole },
        each.room.kind,
      ),
      title: titles.get(each.room.id)?.title ?? each.room.name,
      person: titles.get(each.room.id)?.person,
    }));
  }

  #countParticipants(roomId: RoomId, viewerId: UserId): number {
    const stream = this.#dependencies.streams.get(roomId);
    if (stream === undefined) return 0;
    return countVisibleParticipants(this.#dependencies, stream, viewerId);
  }
}

/** A room with activity after the page was read moves up: its next event shows it. */
function activityCursorOf({ room, head }: ListedRoom): string {
  return formatTimeCursor({ atMs: head.lastActivityAtMs, id: room.id });
}

/** A direct or group room in the list of conversations. */
interface ConversationSummary extends RoomSummary {
  readonly lastMessage: Message | undefined;
  /** For a direct room: when its recipient read the last message. */
  readonly lastReadAtMs: number | undefined;
}
