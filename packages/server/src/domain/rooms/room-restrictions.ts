/** Mutes members of a room for a time, and lists who is muted in it or banned from it. */
import { ChatError, isBlank, LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { Page } from '../../model/page.ts';
import type { Restriction } from '../../model/restriction.ts';
import type { FoundRoom, RestrictedUser, RestrictionKind } from '../../model/room-member.ts';
import { mayModerate, mayRemove } from '../../model/room-policy.ts';
import type { SanctionOutcome } from '../../model/sanctions.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { announceMute } from '../core/mute-announcer.ts';
import { inReachOf } from '../core/people-in-reach.ts';
import { findReadable } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { sanctionStays } from '../errors.ts';
import { parseTime } from '../primitives/iso-time.ts';
import { type TextKind, toLine } from '../primitives/text-validation.ts';

interface RoomRestrictionsDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'noteMute' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

interface Subject {
  readonly roomId: RoomId;
  readonly subjectId: UserId;
}

/** As a client writes it. */
export interface RestrictionRequest {
  /** ISO 8601. */
  readonly until?: string | undefined;
  readonly reason?: string | undefined;
}

const REASON: TextKind = {
  ...{ field: 'reason', noun: 'The reason', lengthMax: LIMITS.reasonLengthMax },
};
const PAGE_MAX = 100;

export class RoomRestrictions {
  readonly #dependencies: RoomRestrictionsDependencies;

  constructor(dependencies: RoomRestrictionsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Mutes a user of a lower rank: until then, the user reads the room, and writes nothing in it. It also
   * applies to users who are not members, and stays after leaving and joining again.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, RATE_LIMITED, UNAVAILABLE; CONFLICT if the mute
   *   in force is of a higher role, and ends later.
   */
  async mute(
    user: ActingUser,
    subject: Subject,
    request: RestrictionRequest & { readonly until: string },
  ): Promise<void> {
    const { store, clock } = this.#dependencies;
    await this.#dependencies.userLimits.changes.take(user.id);
    const { untilMs, reason } = toRestriction(request, clock.nowMs());
    if (untilMs === undefined) throw new ChatError('VALIDATION_ERROR', { field: 'until' });
    const { roomId, subjectId } = subject;
    const own = await findReadable(this.#dependencies, user.id, roomId);
    // Before the subject is looked for: others need not learn who exists.
    requireModerator(user, own);
    const named = await store.accounts.listUsers([subjectId]);
    const [known] = await inReachOf(this.#dependencies, user, named);
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, subjectId);
    if (known === undefined || found === undefined) {
      throw new ChatError('NOT_FOUND', { field: 'userId' });
    }
    const holder = { role: user.role, roomRole: own.role ?? 'member' };
    const subjectRoles = { role: known.role, roomRole: found.role };
    if (!mayRemove(holder, subjectRoles, own.room.kind)) throw new ChatError('FORBIDDEN');
    const mute = { untilMs, reason };
    const outcome = await store.rooms.setMute(roomId, subjectId, mute, byOf(user, clock));
    if (outcome !== 'done') throw refusal(outcome, 'set');
    announceMute(this.#dependencies, subjectId, { roomId, mute });
  }

  /** @throws {ChatError} as `mute`; NOT_FOUND if the user is not muted; FORBIDDEN for the own mute, and one that a higher role has made. */
  async liftMute(user: ActingUser, { roomId, subjectId }: Subject): Promise<void> {
    const { store, clock } = this.#dependencies;
    await this.#dependencies.userLimits.changes.take(user.id);
    requireModerator(user, await findReadable(this.#dependencies, user.id, roomId));
    const by = byOf(user, clock);
    const outcome = await store.rooms.setMute(roomId, subjectId, undefined, by);
    if (outcome !== 'done') throw refusal(outcome, 'lift');
    announceMute(this.#dependencies, subjectId, { roomId, mute: null });
  }

  /** Those in force, ordered by user id. @throws {ChatError} NOT_FOUND, FORBIDDEN, UNAVAILABLE. */
  async list(
    user: ActingUser,
    kind: RestrictionKind,
    page: {
      readonly roomId: RoomId;
      readonly after: string | undefined;
      readonly limit: number | undefined;
    },
  ): Promise<Page<RestrictedUser>> {
    const { store, clock } = this.#dependencies;
    const { roomId } = page;
    requireModerator(user, await findReadable(this.#dependencies, user.id, roomId));
    const limit = Math.min(page.limit ?? PAGE_MAX, PAGE_MAX);
    // Compared with ids only.
    const after = page.after as UserId | undefined;
    const found = await store.rooms.listRestricted(kind, roomId, {
      ...{ after, limit: limit + 1, nowMs: clock.nowMs() },
    });
    const items = found.slice(0, limit);
    const hasMore = found.length > limit;
    return { items, hasMore, next: hasMore ? items.at(-1)?.user.id : undefined };
  }
}

/** @throws {ChatError} VALIDATION_ERROR. */
export function toRestriction(
  { until, reason = '' }: RestrictionRequest,
  nowMs: number,
): Restriction {
  const untilMs = until === undefined ? undefined : parseTime(until, 'until');
  if (untilMs !== undefined && untilMs <= nowMs) {
    const message = "'until' must be in the future";
    throw new ChatError('VALIDATION_ERROR', { field: 'until', message });
  }
  return { untilMs, reason: isBlank(reason) ? '' : toLine(reason, REASON) };
}

/** The error for a sanction that is not made, or not lifted. */
export function refusal(outcome: Exclude<SanctionOutcome, 'done'>, act: 'set' | 'lift'): ChatError {
  if (outcome === 'absent') return new ChatError('NOT_FOUND', { field: 'userId' });
  return outcome === 'forbidden' ? new ChatError('FORBIDDEN') : sanctionStays(outcome, act);
}

/** The store asks for the rank, and of those who are muted. @throws {ChatError} FORBIDDEN. */
function requireModerator({ role }: ActingUser, { room, role: roomRole }: FoundRoom): void {
  const isAllowed = roomRole !== undefined && mayModerate({ role, roomRole }, room.kind);
  if (!isAllowed) throw new ChatError('FORBIDDEN');
}
