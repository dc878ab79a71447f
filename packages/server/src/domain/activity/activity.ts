/**
 * Recent activity of others that concerns a user: mentions, replies in their threads, reactions to their messages, and
 * invitations. It is searched by pages in the events of the latest active rooms, so that the cost of a
 * page has a maximum whatever the server holds.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { ListedInvitation } from '../../model/invitation.ts';
import type { ListedRoom } from '../../model/listed-room.ts';
import { cutPage, formatTimeCursor } from '../../model/page.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { positionAfter as positionAfterPage } from '../primitives/list-position.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import type { UserGroups } from '../user-groups/user-groups.ts';
import {
  formatPositions,
  isSearched,
  parsePositions,
  positionAfter,
  positionOf,
  type SearchedRoom,
  type SearchPositions,
} from './activity-search.ts';
import {
  type FoundActivity,
  type Mentioned,
  messagesOf,
  selectActivity,
  sequencesWithMentions,
  unknownTargets,
} from './room-activity.ts';

interface ActivityDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'log' | 'rooms'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly userGroups: Pick<UserGroups, 'handlesOf'>;
  readonly userLimits: Pick<UserRateLimits, 'searches'>;
}

/** Rooms of a user that are searched together; when they are searched, the next ones follow. */
const ROOMS_TOGETHER = 200;
/** Rooms whose events are read for a page. */
const ROOMS_PER_PAGE = 20;
/** Events that are read of each of them. */
const EVENTS_PER_ROOM = 200;
/** Older messages that are read for one room, to find their authors. */
const LOOKUPS_PER_ROOM = 20;
const ROOMS_AT_ONCE = 4;
const INVITATIONS_MAX = 20;
const ENTRIES_MAX = 100;

export interface MessageEntry extends FoundActivity {
  readonly roomName: string;
  readonly actor: User;
  readonly isUnread: boolean;
}

export interface ActivityList {
  /** Latest first. */
  readonly messages: readonly MessageEntry[];
  /** On the first page. */
  readonly invitations: readonly ListedInvitation[];
  /** The list of invitations has more of them. */
  readonly hasMoreInvitations: boolean;
  /** Continues the search; undefined if everything was searched. */
  readonly next: string | undefined;
}

export class Activity {
  readonly #dependencies: ActivityDependencies;

  constructor(dependencies: ActivityDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * A page of the search, from the latest events back; each room is searched from its end. Leaves
   * out muted rooms, and users who block or are blocked.
   *
   * @param next From the page before.
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE.
   */
  async list(user: User, next?: string): Promise<ActivityList> {
    const { store, userLimits } = this.#dependencies;
    const { window, positions: earlier } = parsePositions(next);
    await userLimits.searches.take(user.id);
    const from = positionAfterPage(window);
    const listed = await store.rooms.listRoomsOf(user.id, ROOMS_TOGETHER + 1, from);
    const page = cutPage(listed, ROOMS_TOGETHER, ({ room, head }) =>
      formatTimeCursor({ atMs: head.lastActivityAtMs, id: room.id }),
    );
    const rooms = page.items.filter(
      ({ membership }) => membership?.notificationLevel !== 'nothing',
    );
    const groups = await this.#dependencies.userGroups.handlesOf(user.id);
    const searched = await this.#search(rooms, earlier, { ...user, groups });
    const { found, leftUntilMs } = latestOf(searched.flatMap((each) => each.found));
    const positions = new Map(earlier);
    for (const each of searched) {
      positions.set(each.room.room.id, positionAfter(each, leftUntilMs));
    }
    const isDone = rooms.every((room) => isSearched(room, positionOf(room, positions)));
    const invited =
      next === undefined
        ? await store.invitations.listInvitations(user.id, INVITATIONS_MAX + 1)
        : [];
    const later = page.next === undefined ? undefined : formatPositions(page.next, new Map());
    return {
      messages: await this.#toEntries(user, rooms, found),
      invitations: invited.slice(0, INVITATIONS_MAX),
      hasMoreInvitations: invited.length > INVITATIONS_MAX,
      next: isDone ? later : formatPositions(window, positions),
    };
  }

  /** The rooms with the latest events that were not searched. */
  async #search(
    rooms: readonly ListedRoom[],
    earlier: SearchPositions,
    user: Mentioned,
  ): Promise<SearchedRoom[]> {
    const wanted = rooms
      .map((room) => ({ room, position: positionOf(room, earlier) }))
      .filter(({ room, position }) => !isSearched(room, position))
      .sort((a, b) => b.position.untilMs - a.position.untilMs)
      .slice(0, ROOMS_PER_PAGE);
    const searched: SearchedRoom[] = [];
    for (let first = 0; first < wanted.length; first += ROOMS_AT_ONCE) {
      const some = wanted.slice(first, first + ROOMS_AT_ONCE);
      const reads = some.map(({ room, position }) => this.#searchRoom(room, position.before, user));
      searched.push(...(await Promise.all(reads)));
    }
    return searched;
  }

  async #searchRoom(room: ListedRoom, before: number, user: Mentioned): Promise<SearchedRoom> {
    const { log } = this.#dependencies.store;
    const roomId = room.room.id;
    const after = Math.max(0, before - 1 - EVENTS_PER_ROOM);
    const events = await this.#readEvents(roomId, after, before);
    const known = messagesOf(events);
    // The latest events first: they decide which older messages are read.
    const wanted = unknownTargets(events.toReversed(), user, known).slice(0, LOOKUPS_PER_ROOM);
    for (const id of wanted) {
      const message = await log.readMessage(roomId, id);
      if (message !== undefined) known.set(id, message);
    }
    const mentioning = sequencesWithMentions(events);
    const { rooms } = this.#dependencies.store;
    const stored =
      mentioning.length === 0 ? undefined : await rooms.listMentioning(roomId, user.id, mentioning);
    return { room, after, events, found: selectActivity(events, user, known, stored) };
  }

  /** The events between two sequences. A page of large events has fewer than the limit. */
  async #readEvents(roomId: RoomId, after: number, before: number): Promise<RoomEvent[]> {
    const { log } = this.#dependencies.store;
    const events: RoomEvent[] = [];
    for (let last = after; last < before - 1; ) {
      const page = await log.readEvents(roomId, last, before - 1 - last);
      events.push(...page.events);
      // Retention may have deleted the others.
      last = page.events.at(-1)?.sequence ?? before;
    }
    return events;
  }

  async #toEntries(
    user: User,
    rooms: readonly ListedRoom[],
    found: readonly FoundActivity[],
  ): Promise<MessageEntry[]> {
    if (found.length === 0) return [];
    const { store, displayNames } = this.#dependencies;
    const actorIds = [...new Set(found.map(({ event }) => event.actorId))];
    const hidden = new Set(await store.accounts.listBlockedBetween(user.id, actorIds));
    const actors = new Map(
      (await store.accounts.listUsers(actorIds)).map((each) => [each.id, each]),
    );
    const roomIds = new Set(found.map(({ event }) => event.roomId));
    const titled = rooms.map(({ room }) => room).filter(({ id }) => roomIds.has(id));
    const titles = await displayNames.findAll(user.id, titled);
    const readUpTo = new Map(
      rooms.map(({ room, membership }) => [room.id, membership?.read.sequence ?? 0]),
    );
    return found.flatMap((each): MessageEntry[] => {
      const { roomId, actorId, sequence } = each.event;
      const actor = actorOf(actors, hidden, actorId);
      if (actor === undefined) return [];
      const roomName = titles.get(roomId)?.title ?? '';
      return [{ ...each, roomName, actor, isUnread: sequence > readOf(readUpTo, roomId) }];
    });
  }
}

/** The latest entries of a page; the others are left to the next one. */
function latestOf(found: readonly FoundActivity[]): {
  readonly found: readonly FoundActivity[];
  readonly leftUntilMs: number;
} {
  const sorted = found.toSorted(
    ({ event: a }, { event: b }) => b.createdAtMs - a.createdAtMs || b.sequence - a.sequence,
  );
  const leftUntilMs = sorted[ENTRIES_MAX]?.event.createdAtMs ?? Number.NEGATIVE_INFINITY;
  const latest = sorted.filter(({ event }) => event.createdAtMs > leftUntilMs);
  // More entries of one millisecond than fit into a page: all of them, so that the search continues.
  return latest.length > 0 ? { found: latest, leftUntilMs } : { found: sorted, leftUntilMs: -1 };
}

function actorOf(
  actors: ReadonlyMap<UserId, User>,
  hidden: ReadonlySet<UserId>,
  id: UserId,
): User | undefined {
  return hidden.has(id) ? undefined : actors.get(id);
}

function readOf(readUpTo: ReadonlyMap<RoomId, number>, roomId: RoomId): number {
  return readUpTo.get(roomId) ?? 0;
}
