/** Ends memberships: leave, remove, ban; and lifts bans. */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { Restriction } from '../../model/restriction.ts';
import type { AccessLostReason } from '../../model/room-event.ts';
import { mayModerate } from '../../model/room-policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import { inReachOf } from '../core/people-in-reach.ts';
import { findReadable } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { Author, LogWriter } from '../delivery/log-writer.ts';
import { type RestrictionRequest, refusal, toRestriction } from './room-restrictions.ts';

interface MembershipRemovalDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logWriter: Pick<LogWriter, 'submit'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

interface AccessRequest {
  readonly roomId: RoomId;
  readonly subjectId: UserId;
  readonly reason: AccessLostReason;
  /** Of a ban; default without an end. */
  readonly ban?: RestrictionRequest | undefined;
}

export class MembershipRemoval {
  readonly #dependencies: MembershipRemovalDependencies;

  constructor(dependencies: MembershipRemovalDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Ends a membership, the author's own or another user's, in its position of the room's log: nothing
   * later reaches that user. A ban also keeps out users who are not members.
   *
   * @throws {ChatError} NOT_FOUND, FORBIDDEN, RATE_LIMITED, UNAVAILABLE.
   */
  async end(user: ActingUser, request: AccessRequest): Promise<void> {
    const { userLimits, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const { ban, ...rest } = request;
    const [subject] = await inReachOf(this.#dependencies, user, [{ id: rest.subjectId }]);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const author = { user, connection: undefined };
    if (ban === undefined) await this.endAdmitted(author, rest);
    else await this.endAdmitted(author, { ...rest, ban: toRestriction(ban, clock.nowMs()) });
  }

  /**
   * Ends the user's own membership at the request of a client, which gets the answer in place of the
   * event. Returns the event's sequence.
   *
   * @throws {ChatError} as `end`; the room stays open then.
   */
  async leave(connection: ChatConnection, roomId: RoomId): Promise<number> {
    const { user } = connection;
    await this.#dependencies.userLimits.changes.take(user.id);
    const subscription = connection.openRoom(roomId);
    subscription?.expectLeave(true);
    try {
      const request = { roomId, subjectId: user.id, reason: 'left' } as const;
      return await this.endAdmitted({ user, connection: undefined }, request);
    } catch (error) {
      subscription?.expectLeave(false);
      throw error;
    }
  }

  /** Like `end`, without the rate limit. Returns the event's sequence. */
  endAdmitted(
    author: Author,
    { roomId, subjectId, reason, ban }: Omit<AccessRequest, 'ban'> & { readonly ban?: Restriction },
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const command = { kind: 'access-lost', roomId, subjectId, reason, ban } as const;
    this.#dependencies.logWriter.submit(
      author,
      { ...command, clientMessageId: undefined },
      {
        identity: [command.kind, subjectId, reason],
        onAcknowledged: (result) =>
          result instanceof ChatError ? reject(result) : resolve(result.sequence),
      },
    );
    return promise;
  }

  /** Lifts a ban, which does not make the user a member. @throws {ChatError} as `end`. */
  async liftBan(
    user: ActingUser,
    { roomId, subjectId }: Pick<AccessRequest, 'roomId' | 'subjectId'>,
  ): Promise<void> {
    await this.#dependencies.userLimits.changes.take(user.id);
    const { room, role: roomRole } = await findReadable(this.#dependencies, user.id, roomId);
    const { role } = user;
    if (roomRole === undefined || !mayModerate({ role, roomRole }, room.kind)) {
      throw new ChatError('FORBIDDEN');
    }
    const { store, clock } = this.#dependencies;
    const outcome = await store.rooms.liftBan(roomId, subjectId, byOf(user, clock));
    if (outcome !== 'done') throw refusal(outcome, 'lift');
  }
}
