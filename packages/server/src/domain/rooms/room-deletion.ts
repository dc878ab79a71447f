/** Deletes rooms that are in use, at the request of those who may. */
import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import { mayDeleteRoom } from '../../model/room-policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { ROWS_PER_STEP, type RoomReaper } from './room-reaper.ts';
import type { RoomSettings } from './room-settings.ts';

interface RoomDeletionDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  readonly roomSettings: Pick<RoomSettings, 'read'>;
  readonly roomReaper: Pick<RoomReaper, 'closeFor' | 'finish'>;
}

export class RoomDeletion {
  readonly #dependencies: RoomDeletionDependencies;

  constructor(dependencies: RoomDeletionDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Deletes a room: when it returns, no user finds the room. Its rows are deleted afterwards, in
   * steps.
   *
   * @throws {ChatError} NOT_FOUND; FORBIDDEN for users who may not delete it; RATE_LIMITED, UNAVAILABLE.
   */
  async delete(user: ActingUser, roomId: RoomId): Promise<void> {
    const { store, clock, userLimits, background, roomSettings, roomReaper } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const { room, role: roomRole, workspaceRole } = await roomSettings.read(user, roomId);
    if (!mayDeleteRoom({ role: user.role, roomRole, workspaceRole }, room.kind)) {
      throw new ChatError('FORBIDDEN');
    }
    const hidden = await store.rooms.hideRoom(roomId, ROWS_PER_STEP, byOf(user, clock));
    if (hidden === 'absent') throw new ChatError('NOT_FOUND');
    if (hidden === 'forbidden') throw new ChatError('FORBIDDEN');
    roomReaper.closeFor(hidden as readonly UserId[], roomId);
    background.run(roomReaper.finish(roomId));
  }
}
