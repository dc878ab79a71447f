/**
 * Sends new memberships and roles to those who have the room open, on every node, for the timeline. In a
 * large room new memberships are only found in its history.
 */

import type { MembershipChange } from '../../model/membership-change.ts';
import type { Room } from '../../model/room.ts';
import { ROOM_ROLES } from '../../model/stored-role.ts';
import type { User } from '../../model/user.ts';
import type { AddedMember, GivenRole } from '../../ports/room-store.ts';
import type { ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { DomainSettings } from '../settings.ts';
import type { CoreEvents } from './core-events.ts';
import type { EventHub } from './event-hub.ts';

export interface MembershipAnnouncerDependencies {
  readonly settings: Pick<DomainSettings, 'largeRoomPeople'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
}

/** For a user who perhaps was a member before: then there is nothing to announce. */
export function announceAdded(
  dependencies: MembershipAnnouncerDependencies,
  { id: roomId }: Pick<Room, 'id'>,
  user: User,
  added: AddedMember & {
    readonly actorId: MembershipChange['actorId'];
    readonly atMs: number;
    /** The user has come with a link of the actor. */
    readonly isByLink?: boolean | undefined;
  },
): void {
  const { notedAfter: afterSequence, actorId, atMs: createdAtMs, isByLink } = added;
  if (afterSequence === undefined) return;
  const { id: userId, username } = user;
  const person = { roomId, userId, username };
  const change = { ...person, kind: 'joined', actorId, afterSequence, createdAtMs } as const;
  dependencies.events.emit(
    'memberAdded',
    roomId,
    actorId === userId || isByLink ? user : undefined,
  );
  announce(dependencies, change);
}

export function announceRoles(
  dependencies: Omit<MembershipAnnouncerDependencies, 'events'>,
  roomId: Room['id'],
  given: Extract<GivenRole, { readonly kind: 'given' }>,
  by: Pick<MembershipChange, 'actorId'> & { readonly atMs: number },
): void {
  const about = { roomId, actorId: by.actorId, createdAtMs: by.atMs };
  for (const { user, role: kind } of given.members) {
    const { id: userId, username } = user;
    const change = { ...about, userId, username, kind, afterSequence: given.notedAfter };
    announce(dependencies, change);
  }
}

function announce(
  dependencies: Omit<MembershipAnnouncerDependencies, 'events'>,
  change: MembershipChange,
): void {
  const { streams } = dependencies;
  const stream = streams.get(change.roomId);
  if (stream !== undefined) showMembershipChange(dependencies, stream, change);
  streams.send(change.roomId, { kind: 'membership-changed', change });
}

/** Shows a change to the connections of this node. */
export function showMembershipChange(
  { settings }: Pick<MembershipAnnouncerDependencies, 'settings'>,
  stream: ConnectionStream,
  change: MembershipChange,
): void {
  const isRole = ROOM_ROLES.some((role) => role === change.kind);
  if (!isRole && stream.participants.count > settings.largeRoomPeople) return;
  broadcast({ kind: 'membership-changed', change }, stream.connections());
}
