/**
 * Users whom a message mentions, by name or in a group, and who are not in its room. They are made members of a public room,
 * and of a channel of their workspace, before the message is stored: then it is a mention as others are, in
 * every dialect, on every node and after a restart (docs/decisions/0020). In a private room such a mention
 * reaches nobody. An edit does the same for those whom the text did not mention before.
 */

import { ChatError, mentionNames, type UserId } from '@parley/protocol';
import { authorizeCommand } from '../../model/authorize-command.ts';
import type { ReadPosition } from '../../model/read-receipt.ts';
import { permits } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
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
import type { DomainSettings } from '../settings.ts';
import type { UserGroups } from '../user-groups/user-groups.ts';

export interface MentionedOutsidersDependencies extends MembershipAnnouncerDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers' | 'largeRoomPeople'>;
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms' | 'userGroups'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom' | 'membersNamed' | 'noteMute'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'requests' | 'requestsOfPair'>;
  readonly userGroups: Pick<UserGroups, 'named'>;
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

/**
 * Lets the users outside into the room, if the author may write there and let them in, and returns those
 * whom the message will not reach. A user who has blocked the author is not among them: the answer does
 * not depend on blocks.
 *
 * @throws {StoreUnavailable}
 */
export async function reachOutsiders(
  dependencies: MentionedOutsidersDependencies,
  author: User,
  { id: roomId }: Pick<Room, 'id'>,
  names: readonly string[],
  mentioning: Mentioning = { kind: 'message' },
): Promise<UserId[]> {
  const { store, clock } = dependencies;
  const outsiders = await findOutsiders(dependencies, author, roomId, names);
  const inGroups = await findOutsidersInGroups(dependencies, author, roomId, names);
  if (outsiders.length === 0 && inGroups.length === 0) return [];
  const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, author.id);
  // Without the right to write there, the message is rejected, and must not add members.
  if (found === undefined || !mayWrite(mentioning.kind, found, author, clock.nowMs())) return [];
  const unreached: UserId[] = [];
  const mayLetIn = mayInviteInto(found, author);
  const { room } = found;
  const about = { author, room, readUpTo: mentioning.readUpTo };
  for (const user of outsiders) {
    const isReached = mayLetIn && (await letIn(dependencies, { ...about, user }));
    if (!isReached) unreached.push(user.id);
  }
  // Of a room that the author lets nobody into, a mention of a group reaches its members only, which is what its author expects.
  if (mayLetIn) await letInGroups(dependencies, about, inGroups);
  return unreached;
}

/** Without those who are members of the room, disabled, or the author. */
async function findOutsidersInGroups(
  { store, userGroups }: Pick<MentionedOutsidersDependencies, 'store' | 'userGroups'>,
  author: User,
  roomId: Room['id'],
  names: readonly string[],
): Promise<User[]> {
  const groups = userGroups.named(names);
  if (groups.length === 0) return [];
  const lists = await Promise.all(
    groups.map(({ id }) => store.userGroups.listUserGroupMembers(id)),
  );
  const people = new Map(
    lists.flat().flatMap((user) => (user.isBot === true ? [] : [[user.id, user] as const])),
  );
  people.delete(author.id);
  const { members } = await store.rooms.readUnread(roomId, [...people.keys()]);
  for (const { userId } of members) people.delete(userId);
  return [...people.values()].slice(0, GROUP_OUTSIDERS_MAX);
}

async function letInGroups(
  dependencies: MentionedOutsidersDependencies,
  about: Omit<Admission, 'user'>,
  people: readonly User[],
): Promise<void> {
  for (let first = 0; first < people.length; first += AT_ONCE) {
    const some = people.slice(first, first + AT_ONCE);
    await Promise.all(some.map((user) => letIn(dependencies, { ...about, user, isInGroup: true })));
  }
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

interface Admission extends Pick<Mentioning, 'readUpTo'> {
  readonly author: User;
  readonly user: User;
  readonly room: Room;
  /** The mention of a group is one act of the author, however many members it has. */
  readonly isInGroup?: boolean;
}

/**
 * Makes a user a member as by the author, who counts as one of the strangers from whom the user receives
 * requests. Users who have chosen to be asked first are invited.
 */
async function letIn(
  dependencies: MentionedOutsidersDependencies,
  { author, user, room, readUpTo, isInGroup = false }: Admission,
): Promise<boolean> {
  const { store, clock, connectedUsers, userLimits } = dependencies;
  const { id: roomId, kind } = room;
  try {
    requireReadPermission(await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id));
    if (!isInGroup) await userLimits.changes.take(author.id);
    const { isAsked, isUnwanted } = await findConsent(dependencies, { author, user, to: room });
    const atMs = clock.nowMs();
    if (isAsked || isUnwanted) {
      // A public channel has no invitations: its members come from the workspace.
      if (kind !== 'room') return !isAsked;
      const target = { kind: 'group', id: roomId } as const;
      const invitation = { userId: user.id, target, inviterId: author.id, createdAtMs: atMs };
      await store.invitations.insertInvitations([invitation]);
      return true;
    }
    const added = await store.rooms.addMember(roomId, user.id, atMs, author.id, readUpTo);
    if (typeof added === 'string') return false;
    // An earlier invitation would admit the user again after a removal.
    await store.invitations.withdrawInvitation(user.id, roomId);
    connectedUsers.joinedRoom(user.id, room);
    connectedUsers.noteMute(user.id, roomId, added.mutedUntilMs);
    announceAdded(dependencies, room, user, { ...added, actorId: author.id, atMs });
    return true;
  } catch (error) {
    if (error instanceof ChatError) return false;
    throw error;
  }
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
