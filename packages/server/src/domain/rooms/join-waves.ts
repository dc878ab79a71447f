/**
 * Waves of new accounts that join a public room by themselves, as raids do. Joins are counted by room in
 * buckets that nodes share, as other limits; above the normal number, steps follow.
 */
import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import { SERVER } from '../../model/audit.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Core } from '../core/core.ts';
import { announceMute } from '../core/mute-announcer.ts';
import { isNewAccount } from '../core/new-account.ts';
import { RateLimiter } from '../primitives/rate-limiter.ts';
import { take } from '../primitives/take.ts';

type JoinWavesDependencies = Pick<
  Core,
  'background' | 'clock' | 'connectedUsers' | 'events' | 'leases' | 'secrets' | 'settings' | 'store'
>;

const MINUTE_MS = 60 * 1000;

/** The joins that count against `JOIN_WAVE_MAX`. */
export const JOIN_WAVE = Object.freeze({
  what: 'new accounts that join a public room',
  windowMs: 5 * MINUTE_MS,
});

/** Steps at multiples of the maximum. */
export const JOIN_STEPS = Object.freeze([
  /** The moderators of the server get a report, once in this time. */
  { step: 'report', times: 1, forMs: 30 * MINUTE_MS },
  /** New accounts that join are muted in the room, and those that have joined in the window. */
  { step: 'mute', times: 2, forMs: 10 * MINUTE_MS },
  /** Joins of new accounts are rejected with a wait. */
  { step: 'wait', times: 5 },
] as const);

/** Rooms whose latest joins are remembered; the one that was joined least recently is dropped. */
const ROOMS_MAX = 1000;
interface Join {
  readonly atMs: number;
  isMuted: boolean;
}

const [REPORT, MUTE, WAIT] = JOIN_STEPS;

export class JoinWaves {
  readonly #dependencies: JoinWavesDependencies;
  readonly #limits: Readonly<Record<(typeof JOIN_STEPS)[number]['step'], RateLimiter<RoomId>>>;
  readonly #reports: RateLimiter<RoomId>;
  readonly #isOn: boolean;
  /** New accounts that have joined through this node in the window: each counts once. */
  readonly #joins = new Map<RoomId, Map<UserId, Join>>();

  constructor(dependencies: JoinWavesDependencies) {
    this.#dependencies = dependencies;
    const { leases, settings } = dependencies;
    const { joinWaveMax, floodRules, messageRateMax } = settings;
    this.#isOn = joinWaveMax > 0 && floodRules && messageRateMax > 0;
    const limitOf = ({ step, times }: (typeof JOIN_STEPS)[number]) => {
      const { windowMs } = JOIN_WAVE;
      const limit = { capacity: joinWaveMax * times, windowMs };
      return new RateLimiter<RoomId>(`join-${step}`, limit, leases);
    };
    this.#limits = { report: limitOf(REPORT), mute: limitOf(MUTE), wait: limitOf(WAIT) };
    const once = { capacity: 1, windowMs: REPORT.forMs };
    this.#reports = new RateLimiter('join-reports', once, leases);
  }

  /** Before a user becomes a member by joining. @throws {ChatError} RATE_LIMITED. */
  async require(user: User, room: Room): Promise<void> {
    if (!isPublic(room) || !this.#isCounted(user)) return;
    const { wait } = this.#limits;
    const waitMs = wait.waitMs(room.id);
    if (waitMs === undefined)
      return wait.requestLease(room.id).then(() => this.require(user, room));
    if (waitMs === 0) return;
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    const message = `Too many new accounts join this room: wait ${retryAfterSeconds} s`;
    throw new ChatError('RATE_LIMITED', { retryAfterSeconds, message });
  }

  /** After a user has become a member by an act of their own. */
  note(user: User, roomId: RoomId): void {
    if (!this.#isCounted(user)) return;
    this.#dependencies.background.run(this.#count(user, roomId));
  }

  #isCounted(user: User): boolean {
    return this.#isOn && user.isBot !== true && isNewAccount(this.#dependencies, user);
  }

  async #count({ id: userId }: User, roomId: RoomId): Promise<void> {
    const { clock, store } = this.#dependencies;
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, userId);
    if (found === undefined || !isPublic(found.room)) return;
    const joins = this.#joinsOf(roomId);
    if (joins.has(userId)) return;
    joins.set(userId, { atMs: clock.monotonicMs(), isMuted: false });
    const { report, mute, wait } = this.#limits;
    const waits = [report, mute, wait].map((limit) => limit.tryTake(roomId));
    const [reportWaitMs = 0, muteWaitMs = 0] = await Promise.all(waits);
    if (reportWaitMs > 0) await this.#report(userId, found.room);
    if (muteWaitMs === 0) return;
    for (const [joinedId, join] of [...joins]) {
      if (join.isMuted) continue;
      join.isMuted = true;
      await this.#mute(joinedId, roomId);
    }
  }

  /** With those that are in the window. */
  #joinsOf(roomId: RoomId): Map<UserId, Join> {
    const joins = this.#joins.get(roomId) ?? new Map<UserId, Join>();
    this.#joins.delete(roomId); // Moves to the end.
    this.#joins.set(roomId, joins);
    for (const room of take(this.#joins.keys(), this.#joins.size - ROOMS_MAX)) {
      this.#joins.delete(room);
    }
    const sinceMs = this.#dependencies.clock.monotonicMs() - JOIN_WAVE.windowMs;
    for (const [userId, { atMs }] of joins) if (atMs <= sinceMs) joins.delete(userId);
    return joins;
  }

  async #report(userId: UserId, { id: roomId, name }: Room): Promise<void> {
    const { clock, events, secrets, settings, store } = this.#dependencies;
    if ((await this.#reports.tryTake(roomId)) > 0) return;
    const { joinWaveMax } = settings;
    const minutes = JOIN_WAVE.windowMs / MINUTE_MS;
    const next = `Above ${joinWaveMax * MUTE.times}, they are muted in it for ${MUTE.forMs / MINUTE_MS} min`;
    await store.reports.insertReport({
      ...{ id: secrets.newId(), reporterId: undefined, userId, message: undefined },
      reason: `Join rule: more than ${joinWaveMax} new accounts joined “${name}” in ${minutes} min, this one last. ${next}`,
      atMs: clock.nowMs(),
    });
    events.emit('reportsChanged');
  }

  /** Not those with a role or a mute of another reason, which may end later. */
  async #mute(userId: UserId, roomId: RoomId): Promise<void> {
    const { clock, store } = this.#dependencies;
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, userId);
    if (found?.role !== 'member' || found.mute !== undefined) return;
    const atMs = clock.nowMs();
    const reason = 'Join rule: many new accounts joined this room at once';
    const mute = { untilMs: atMs + MUTE.forMs, reason };
    const by = { actor: SERVER, address: '', atMs } as const;
    const done = await store.rooms.setMute(roomId, userId, mute, by, 'only-prolongs');
    if (done === 'done') announceMute(this.#dependencies, userId, { roomId, mute });
  }
}

function isPublic({ kind, visibility }: Room): boolean {
  return kind === 'room' && visibility === 'public';
}
