/**
 * Recent activity of others that concerns a user: mentions, replies in their threads, reactions to their messages, and
 * invitations. It is read from the latest events of the latest active rooms, so that its cost has a
 * maximum whatever the server holds.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { ListedInvitation } from '../../model/invitation.ts';
import type { ListedRoom } from '../../model/listed-room.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import { type FoundActivity, messagesOf, selectActivity, unknownTargets } from './room-activity.ts';

export interface ActivityDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'log' | 'rooms'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly userLimits: Pick<UserRateLimits, 'searches'>;
}

/** Rooms whose events are read, the latest active ones. */
const ROOMS_MAX = 20;
/** Events that are read of each room, the latest ones. */
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
  readonly invitations: readonly ListedInvitation[];
}

export class Activity {
  readonly #dependencies: ActivityDependencies;

  constructor(dependencies: ActivityDependencies) {
    this.#dependencies = dependencies;
  }

  /** Leaves out muted rooms, and users who block or are blocked. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  async list(user: User): Promise<ActivityList> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.searches.take(user.id);
    const listed = await store.rooms.listRoomsOf(user.id, ROOMS_MAX);
    const rooms = listed.filter(({ membership }) => membership?.notificationLevel !== 'nothing');
    const found: FoundActivity[] = [];
    for (let first = 0; first < rooms.length; first += ROOMS_AT_ONCE) {
      const some = rooms.slice(first, first + ROOMS_AT_ONCE);
      found.push(...(await Promise.all(some.map((room) => this.#findIn(room, user)))).flat());
    }
    found.sort((a, b) => b.event.createdAtMs - a.event.createdAtMs);
    const invitations = await store.invitations.listInvitations(user.id, INVITATIONS_MAX);
    return {
      messages: await this.#toEntries(user, rooms, found.slice(0, ENTRIES_MAX)),
      invitations,
    };
  }

  async #findIn({ room, head }: ListedRoom, user: User): Promise<FoundActivity[]> {
    const { log } = this.#dependencies.store;
    const after = Math.max(0, head.sequence - EVENTS_PER_ROOM);
    const { events } = await log.readEvents(room.id, after, EVENTS_PER_ROOM);
    const known = messagesOf(events);
    // The latest events first: they decide which older messages are read.
    const wanted = unknownTargets(events.toReversed(), user, known).slice(0, LOOKUPS_PER_ROOM);
    for (const id of wanted) {
      const message = await log.readMessage(room.id, id);
      if (message !== undefined) known.set(id, message);
    }
    return selectActivity(events, user, known);
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
    const titles = await displayNames.findAll(
      user.id,
      rooms.map(({ room }) => room),
    );
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
