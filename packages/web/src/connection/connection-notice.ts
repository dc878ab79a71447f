/** Decides what the connection banner shows, if anything. Pure. */
import type { CaughtUp, ConnectionState, OutageCause } from '@parley/client';

/** Shorter outages are not shown. */
export const QUIET_MS = 1_500;
/** Time for which the banner shows that the connection is back. */
export const CAUGHT_UP_SHOWN_MS = 3_000;

export type ConnectionNotice =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'outage';
      readonly cause: OutageCause;
      /** Undefined while an attempt is in progress. */
      readonly retrySeconds: number | undefined;
    }
  | ({ readonly kind: 'caught_up' } & Omit<CaughtUp, 'atMs'>)
  | { readonly kind: 'incompatible' };

export interface NoticeInput {
  readonly connection: ConnectionState;
  readonly caughtUp: CaughtUp | undefined;
  readonly nowMs: number;
  /** Time at which an outage was last visible; recovery is shown only after a visible outage. */
  readonly outageShownAtMs: number | undefined;
}

export function connectionNotice(input: NoticeInput): ConnectionNotice {
  const { connection, caughtUp, nowMs, outageShownAtMs } = input;
  switch (connection.kind) {
    case 'connecting':
    case 'waiting': {
      const { cause, sinceMs } = connection.outage;
      if (nowMs - sinceMs < QUIET_MS) return { kind: 'none' };
      const leftMs = connection.kind === 'waiting' ? connection.retryAtMs - nowMs : undefined;
      const retrySeconds =
        leftMs === undefined ? undefined : Math.max(0, Math.ceil(leftMs / 1_000));
      return { kind: 'outage', cause, retrySeconds };
    }
    case 'open': {
      if (outageShownAtMs === undefined || caughtUp === undefined) return { kind: 'none' };
      const isNews = caughtUp.atMs >= outageShownAtMs;
      const isFresh = nowMs - caughtUp.atMs < CAUGHT_UP_SHOWN_MS;
      if (!isNews || !isFresh) return { kind: 'none' };
      const { atMs: _, ...missed } = caughtUp;
      return { kind: 'caught_up', ...missed };
    }
    case 'closed':
      return { kind: connection.reason === 'incompatible' ? 'incompatible' : 'none' };
    case 'unauthorized':
      return { kind: 'none' };
  }
}

/** Whether the user sees that a connection is missing: its return is news. A slow start is not. */
export function isLossShown(notice: ConnectionNotice): boolean {
  return notice.kind === 'outage' && notice.cause !== 'starting';
}
