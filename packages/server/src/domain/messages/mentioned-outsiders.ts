/**
 * Users whom a message mentions, by name or in a group, and who are not in its room. They become members of a public room,
 * and of a channel of their workspace, in the transaction that stores the message: then it is a mention as others are, in
 * every dialect, on every node and after a restart (docs/decisions/0020), and a message that is refused brings nobody. In a private room such a mention
 * reaches nobody. An edit does the same for those whom the text did not mention before.
 */

import { ChatError, mentionNames, type UserId } from '@parley/protocol';
import { authorizeCommand } from '../../model/authorize-command.ts';
import type { Admission } from '../../model/log-command.ts';
import type { ReadPosition } from '../../model/read-receipt.ts';
import { permits } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import { type FoundRoom, heldRole } from '../../model/room-member.ts';
import { isPermitted, permissionsOf } from '../../model/room-permissions.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import {
  announceAdded,
  type MembershipAnnouncerDependencies,
} from '../core/membership-announcer.ts';
import { inReachOf } from '../core/people-in-reach.ts';
import { requireReadPermission } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { OnAcknowledged } from '../delivery/log-writer.ts';
import { findConsent } from '../invitations/consent-policy.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { DomainSettings } from '../settings.ts';
import type { UserGroups } from '../user-groups/user-groups.ts';

export interface MentionedOutsidersDependencies extends MembershipAnnouncerDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers' | 'largeRoomPeople'>;
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms' | 'userGroups'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom' | 'membersNamed' | 'noteMute'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'requests' | 'requestsOfPair'>;
  readonly userGroups: Pick<UserGroups, 'named'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
}

/** The message that mentions users: a new one, or an edited one, which is unread for those it lets in. */
interface Mentioning {
  readonly kind: 'message' | 'edit';
  /** Undefined: all messages of the room. */
  readonly readUpTo?: ReadPosition | undefined;
}

/** Maximum number of names in a message that are looked up. */
const NAMES_MAX = 50;
/** Members of groups whom one message lets into its room; they are let in several at a time. */
const GROUP_OUTSIDERS_MAX = 200;
const AT_ONCE = 8;

/**
 * Of the names in a message to this room, those that may be of users outside; mostly none. Members who are
 * connected to this node are known without the store.
 */
export function namesToReach(
  { connectedUsers }: Pick<MentionedOutsidersDependencies, 'connectedUsers'>,
  room: Room,
  written: readonly string[],
): readonly string[] {
  if (isDirectOrGroup(room)) return [];
  const names = written.slice(0, NAMES_MAX);
  if (names.length === 0) return names;
  const wanted = new Set(names.flatMap((name) => mentionNames(name)));
  const inside = connectedUsers.membersNamed(room.id, wanted);
  return names.filter((name) => !mentionNames(name).some((each) => inside.has(each)));
}

/** Whom a text reaches besides the members of its room. */
export interface Reach {
  /** Users whom the text mentions in vain. */
  readonly notReached: readonly UserId[];
  /** Of the command: a text that is refused brings nobody. */
  readonly admits: readonly Admission[];
  /** Of the command: shows those who have come with it. */
  readonly onStored?: (event: Pick<RoomEvent, 'sequence' | 'createdAtMs'>) => void;
}

export const MEMBERS_ONLY: Reach = Object.freeze({ notReached: [], admits: [] });

/**
 * Finds which of the users outside come into the room with the text, if the author may write there and let them in. A
 * user who has blocked the author is not among those whom the text does not reach: the answer does not depend on
 * blocks.
 *
 * @throws {StoreUnavailable}
 */
export async function reachOutsiders(
  dependencies: MentionedOutsidersDependencies,
  author: User,
  { id: roomId }: Pick<Room, 'id'>,
  names: readonly string[],
  mentioning: Mentioning = { kind: 'message' },
): Promise<Reach> {
  const { store, clock } = dependencies;
  const outsiders = await findOutsiders(dependencies, author, roomId, names);
  const inGroups = await findOutsidersInGroups(dependencies, author, roomId, names);
  if (outsiders.length === 0 && inGroups.length === 0) return MEMBERS_ONLY;
  const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, author.id);
  // Without the right to write there, the message is rejected.
  if (found === undefined || !mayWrite(mentioning.kind, found, author, clock.nowMs())) {
    return MEMBERS_ONLY;
  }
  const notReached: UserId[] = [];
  const coming = new Map<User, Admission['as']>();
  const mayLetIn = mayInviteInto(found, author);
  const { room } = found;
  const bring = async (user: User, isInGroup: boolean): Promise<boolean> => {
    const entry = await findEntry(dependencies, { author, room, user, isInGroup });
    if (entry === 'member' || entry === 'invited') coming.set(user, entry);
    return entry !== 'none';
  };
  for (const user of outsiders) {
    const isReached = mayLetIn && (await bring(user, false));
    if (!isReached) notReached.push(user.id);
  }
  // Of a room that the author lets nobody into, a mention of a group reaches its members only, which is what its author expects.
  for (let first = 0; mayLetIn && first < inGroups.length; first += AT_ONCE) {
    await Promise.all(inGroups.slice(first, first + AT_ONCE).map((user) => bring(user, true)));
  }
  const { readUpTo } = mentioning;
  const admits = [...coming].map(([{ id: userId }, as]) => ({ userId, as, readUpTo }));
  const members = [...coming].flatMap(([user, as]) => (as === 'member' ? [user] : []));
  if (members.length === 0) return { notReached, admits };
  return {
    ...{ notReached, admits },
    onStored: (event) => showAdmitted(dependencies, { author, room, members }, event),
  };
}

/** Without those who are members of the room, disabled, or the author. */
async function findOutsidersInGroups(
  {
    clock,
    store,
    userGroups,
  }: Pick<MentionedOutsidersDependencies, 'clock' | 'store' | 'userGroups'>,
  author: User,
  roomId: Room['id'],
  names: readonly string[],
): Promise<User[]> {
  const groups = userGroups.named(names);
  if (groups.length === 0) return [];
  const lists = await Promise.all(
    groups.map(({ id }) => store.userGroups.listUserGroupMembers(id, clock.nowMs())),
  );
  const people = new Map(
    lists.flat().flatMap((user) => (user.isBot === true ? [] : [[user.id, user] as const])),
  );
  people.delete(author.id);
  const { members } = await store.rooms.readUnread(roomId, [...people.keys()]);
  for (const { userId } of members) people.delete(userId);
  return [...people.values()].slice(0, GROUP_OUTSIDERS_MAX);
}

async function findOutsiders(
  { store }: Pick<MentionedOutsidersDependencies, 'store'>,
  author: User,
  roomId: Room['id'],
  names: readonly string[],
): Promise<User[]> {
  const meant = names.map((name) => mentionNames(name));
  const named = await store.accounts.listUsers([], meant.flat());
  const users = await inReachOf({ store }, author, named);
  if (users.length === 0) return [];
  const ids = users.map(({ id }) => id);
  const { members } = await store.rooms.readUnread(roomId, ids);
  // Also those whose invitation a block hides: they are shown as members.
  const invited = (await store.invitations.listInvited([roomId])).get(roomId) ?? [];
  const inside = new Set([...members.map(({ userId }) => userId), ...invited.map(({ id }) => id)]);
  const byName = new Map(users.map((user) => [user.username.toLowerCase(), user]));
  const outsiders = meant.flatMap((each) => {
    const known = each.flatMap((name) => byName.get(name) ?? []);
    // Of the users whom a name may mean, a member is meant.
    const outside = known.some(({ id }) => inside.has(id)) ? undefined : known[0];
    // The assistant comes into the rooms in which it is asked.
    const isAbsent = outside?.disabledAtMs === undefined && outside?.isBot !== true;
    return outside !== undefined && isAbsent ? [outside] : [];
  });
  return [...new Set(outsiders)];
}

function mayWrite(
  kind: Mentioning['kind'],
  { room, role: roomRole, mute }: FoundRoom,
  { role }: User,
  admittedAtMs: number,
): boolean {
  const isArchived = room.archivedAtMs !== undefined;
  const about = { ...room, ...permissionsOf(room), isArchived };
  const actor = roomRole && { role, roomRole, mute };
  return authorizeCommand({ kind, admittedAtMs }, about, actor).kind === 'allowed';
}

/** A mention that lets a user in is an invitation. Guests widen no circle by a mention. */
function mayInviteInto(found: FoundRoom, { role }: User): boolean {
  const { room, workspaceRole } = found;
  if (!isKnownToOthers(room) || !permits('join-rooms', { role })) return false;
  return isPermitted('inviting', { role, roomRole: heldRole(found), workspaceRole }, room);
}

interface Entry {
  readonly author: User;
  readonly user: User;
  readonly room: Room;
  /** The mention of a group is one act of the author, however many members it has. */
  readonly isInGroup: boolean;
}

/**
 * How a user comes into the room, as if the author added the user; `unseen` is shown to the author as reached, and
 * `none` as not.
 */
async function findEntry(
  dependencies: MentionedOutsidersDependencies,
  { author, user, room, isInGroup }: Entry,
): Promise<Admission['as'] | 'unseen' | 'none'> {
  const { store, userLimits } = dependencies;
  try {
    requireReadPermission(await store.rooms.findRoom({ kind: 'id', id: room.id }, user.id));
    if (!isInGroup) await userLimits.changes.take(author.id);
    const { isAsked, isUnwanted } = await findConsent(dependencies, { author, user, to: room });
    if (!isAsked && !isUnwanted) return 'member';
    if (room.kind === 'room') return 'invited';
    // A public channel has no invitations: its members come from the workspace.
    return isAsked ? 'none' : 'unseen';
  } catch (error) {
    if (error instanceof ChatError) return 'none';
    throw error;
  }
}

/** Shows new members on their connections, before the event that has brought them, and in the timeline. */
function showAdmitted(
  dependencies: MentionedOutsidersDependencies,
  about: { readonly author: User; readonly room: Room; readonly members: readonly User[] },
  event: Pick<RoomEvent, 'sequence' | 'createdAtMs'>,
): void {
  const { background, connectedUsers, store } = dependencies;
  const { author, room, members } = about;
  for (const { id } of members) connectedUsers.joinedRoom(id, room);
  const announce = async (user: User): Promise<void> => {
    const found = await store.rooms.findRoom({ kind: 'id', id: room.id }, user.id);
    // Banned meanwhile, for example.
    if (found?.role === undefined) return;
    connectedUsers.noteMute(user.id, room.id, found.mute?.untilMs);
    const place = { notedAfter: event.sequence - 1, atMs: event.createdAtMs };
    announceAdded(dependencies, room, user, { kind: 'member', ...place, actorId: author.id });
  };
  background.run(Promise.all(members.map(announce)).then(() => {}));
}

/** Adds to an acknowledgement whom the message has not reached. */
export function withUnreached(
  onAcknowledged: OnAcknowledged,
  notReached: readonly UserId[],
): OnAcknowledged {
  if (notReached.length === 0) return onAcknowledged;
  return (result) =>
    onAcknowledged(result instanceof ChatError ? result : { ...result, notReached });
}
