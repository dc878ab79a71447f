/** Creates a public room for a name that no room has. Its creator becomes its owner. */

import type { RoomId, UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { type RoomName, requireNewName } from './room-name.ts';
import type { NamedRoom } from './room-reference.ts';

export interface CreatePublicRoomDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly userLimits: Pick<UserRateLimits, 'creations'>;
}

/**
 * Returns the room with this name, and whether it is new: another user may have created it at the
 * same time.
 *
 * @throws {ChatError} VALIDATION_ERROR, CONFLICT, RATE_LIMITED, UNAVAILABLE.
 */
export async function createPublicRoom(
  dependencies: CreatePublicRoomDependencies,
  userId: UserId,
  {
    reference,
    name,
    field,
  }: Extract<NamedRoom, { readonly name: RoomName }> & { readonly field: string },
): Promise<{ readonly room: Room; readonly isNew: boolean }> {
  const { clock, secrets, store, logger, userLimits } = dependencies;
  await userLimits.creations.take(userId);
  const { workspaceId, nameKey } = reference;
  await requireNewName(dependencies, name, { workspaceId, userId, field });
  const nowMs = clock.nowMs();
  const room: Room = {
    id: secrets.newId() as RoomId, // Generated here: the cast is safe.
    workspaceId,
    kind: 'room',
    name: name.shown,
    nameKey,
    visibility: 'public',
    createdAtMs: nowMs,
  };
  const stored = await store.rooms.createRoom(room, [{ userId, role: 'owner' }], nowMs);
  const isNew = stored.id === room.id;
  if (isNew) logger.record({ event: 'room.created', roomId: room.id });
  return { room: stored, isNew };
}
