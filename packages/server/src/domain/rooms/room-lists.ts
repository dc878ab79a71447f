/** Lists the rooms that a user may see, and those that the user is a member of. */

import { LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { ListedRoom } from '../../model/listed-room.ts';
import type { Message } from '../../model/message.ts';
import { mayManageRoom, mayModerate } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { findLastReads } from '../direct/message-read-times.ts';
import type { RoomDisplayName, RoomDisplayNames } from './room-display-names.ts';
import {
  countVisibleParticipants,
  type ParticipantListDependencies,
} from './visible-participants.ts';

export interface RoomListsDependencies extends ParticipantListDependencies {
  readonly store: Pick<Store, 'accounts' | 'log' | 'rooms'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
}

/** A room in a list, with data that only the nodes have. */
export interface RoomSummary extends ListedRoom, RoomDisplayName {
  readonly memberCount: number;
  /** Whether the user may delete messages of others, and remove members of a lower rank. */
  readonly canModerate: boolean;
  /** Whether the user may set the topic, and rename and archive a channel. */
  readonly canManage: boolean;
}

/** The user for whom rooms are listed. */
type Reader = Pick<User, 'id' | 'role'>;

/** Maximum number of rooms in the welcome; the latest active ones are taken. */
const OWN_ROOMS_MAX = 200;

export interface RoomSummaries {
  readonly rooms: readonly RoomSummary[];
  readonly hasMore: boolean;
}

export class RoomLists {
  readonly #dependencies: RoomListsDependencies;

  constructor(dependencies: RoomListsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Ordered by id. */
  async listVisible(
    user: Reader,
    page: { readonly after: RoomId | undefined; readonly limit: number | undefined },
  ): Promise<RoomSummaries> {
    const limit = page.limit ?? LIMITS.roomsPageDefault;
    const { rooms, hasMore } = await this.#dependencies.store.rooms.listVisibleRooms(user.id, {
      after: page.after,
      limit,
    });
    return { rooms: await this.#toSummaries(user, rooms), hasMore };
  }

  async listOwn(user: Reader): Promise<readonly RoomSummary[]> {
    const rooms = await this.#dependencies.store.rooms.listRoomsOf(user.id, OWN_ROOMS_MAX);
    return this.#toSummaries(user, rooms);
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
    return {
      rooms: await this.#toSummaries(user, [...own, ...others.slice(0, roomsPageDefault)]),
      hasMore: hasMore || others.length > roomsPageDefault,
    };
  }

  /** A user's direct and group rooms, latest activity first. */
  async listConversations(user: Reader): Promise<readonly ConversationSummary[]> {
    const { log, rooms: store } = this.#dependencies.store;
    const listOf = () => store.listConversationsOf(user.id, OWN_ROOMS_MAX);
    const own = await this.#toSummaries(user, await listOf());
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
    return conversations.map((summary) => ({
      ...summary,
      lastMessage: lastOf.get(summary.room.id),
      lastReadAtMs: readAtMsOf.get(summary.room.id),
    }));
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

/** A direct or group room in the list of conversations. */
export interface ConversationSummary extends RoomSummary {
  readonly lastMessage: Message | undefined;
  /** For a direct room: when its recipient read the last message. */
  readonly lastReadAtMs: number | undefined;
}
