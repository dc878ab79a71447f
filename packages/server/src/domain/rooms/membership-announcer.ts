/**
 * Sends new memberships to those who have the room open, on every node, for the timeline. In a large
 * room they are only found in its history.
 */

import type { MembershipChange } from '../../model/membership-change.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { AddedMember } from '../../ports/room-store.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import type { ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { DomainSettings } from '../settings.ts';

export interface MembershipAnnouncerDependencies {
  readonly settings: Pick<DomainSettings, 'largeRoomPeople'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
}

/** For a user who perhaps was a member before: then there is nothing to announce. */
export function announceAdded(
  dependencies: MembershipAnnouncerDependencies,
  { id: roomId }: Pick<Room, 'id'>,
  { id: userId, username }: User,
  added: AddedMember & { readonly actorId: MembershipChange['actorId']; readonly atMs: number },
): void {
  const { notedAfter: afterSequence, actorId, atMs: createdAtMs } = added;
  if (afterSequence === undefined) return;
  const person = { roomId, userId, username };
  const change = { ...person, kind: 'joined', actorId, afterSequence, createdAtMs } as const;
  const { events, streams } = dependencies;
  events.emit('memberAdded', roomId);
  const stream = streams.get(roomId);
  if (stream !== undefined) showMembershipChange(dependencies, stream, change);
  streams.send(roomId, { kind: 'membership-changed', change });
}

/** Shows a change to the connections of this node. */
export function showMembershipChange(
  { settings }: Pick<MembershipAnnouncerDependencies, 'settings'>,
  stream: ConnectionStream,
  change: MembershipChange,
): void {
  if (stream.participants.count > settings.largeRoomPeople) return;
  broadcast({ kind: 'membership-changed', change }, stream.connections());
}
