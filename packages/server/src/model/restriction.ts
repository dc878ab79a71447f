import type { RoomId, UserId } from '@parley/protocol';

/** A ban from a room, or a mute in it. No timer ends it: each use compares the time. */
export interface Restriction {
  /** Undefined for one without an end. */
  readonly untilMs: number | undefined;
  /** Empty if none was given. */
  readonly reason: string;
}

/** A user may read a room, and not write in it. */
export interface Mute extends Restriction {
  readonly untilMs: number;
}

export interface UserMute {
  readonly userId: UserId;
  readonly roomId: RoomId;
  readonly mute: Mute;
}

export function isInForce<R extends Restriction>(
  restriction: R | undefined,
  atMs: number,
): restriction is R {
  return restriction !== undefined && (restriction.untilMs ?? Number.POSITIVE_INFINITY) > atMs;
}

/** Columns of a membership. */
export interface MuteCells {
  readonly muted_until: number | null;
  readonly mute_reason: string | null;
}

export function toMuteIfAny(cells: MuteCells): Mute | undefined {
  const { muted_until: untilMs, mute_reason: reason } = cells;
  return untilMs === null ? undefined : { untilMs, reason: reason ?? '' };
}
