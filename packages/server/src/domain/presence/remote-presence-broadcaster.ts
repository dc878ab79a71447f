/**
 * Sends the presence of users of other nodes to the users of this one who share an open room. The
 * rooms of users who are not connected here are read from the store, of many users together.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { BatchedWork } from '../primitives/batched-work.ts';
import type { PresenceBroadcaster } from './presence-broadcaster.ts';

export interface RemotePresenceBroadcasterDependencies {
  readonly memberships: Pick<RoomStore, 'listMemberships' | 'listRoomIdsOf'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'get'>;
  readonly broadcaster: Pick<PresenceBroadcaster, 'send'>;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  /** A user who is connected to any node. */
  readonly memberOf: (userId: UserId) => Member | undefined;
}

/** Maximum number of users whose rooms are read together. */
const USERS_TOGETHER_MAX = 200;
/** Users with more rooms are read alone: together they would be too many rows. */
const ROOMS_TOGETHER_MAX = 200;
/** Maximum number of a user's rooms whose users see the presence; the latest active ones. */
const ROOMS_MAX = 10_000;

export class RemotePresenceBroadcaster {
  readonly #dependencies: RemotePresenceBroadcasterDependencies;
  readonly #reading: BatchedWork<UserId, Member>;

  constructor(dependencies: RemotePresenceBroadcasterDependencies) {
    this.#dependencies = dependencies;
    this.#reading = new BatchedWork({
      clock: dependencies.clock,
      background: dependencies.background,
      batchMax: USERS_TOGETHER_MAX,
      run: (members) => this.#readAndSend(members),
    });
  }

  close(): void {
    this.#reading.close();
  }

  send(member: Member): void {
    const { broadcaster, connectedUsers } = this.#dependencies;
    const known = connectedUsers.get(member.userId);
    if (known === undefined) this.#reading.add(member.userId, member);
    else broadcaster.send(member, known.rooms);
  }

  async #readAndSend(members: readonly Member[]): Promise<void> {
    const { memberships, broadcaster, memberOf } = this.#dependencies;
    const userIds = members.map(({ userId }) => userId);
    const roomIds = await memberships.listRoomIdsOf(userIds, ROOMS_TOGETHER_MAX + 1);
    for (const member of members) {
      const { userId } = member;
      const rooms = await this.#completeRooms(userId, roomIds.get(userId) ?? []);
      // The queued presence may be outdated by now.
      broadcaster.send(memberOf(userId) ?? { ...member, status: 'offline' }, rooms);
    }
  }

  async #completeRooms(userId: UserId, roomIds: readonly RoomId[]): Promise<readonly RoomId[]> {
    if (roomIds.length <= ROOMS_TOGETHER_MAX) return roomIds;
    const all = await this.#dependencies.memberships.listMemberships(userId, ROOMS_MAX);
    return all.map(({ roomId }) => roomId);
  }
}
