/** Rows of sessions in both SQL stores. */
import type { UserId } from '@parley/protocol';
import type { Session } from '../model/session.ts';

export interface SessionRow {
  readonly id_digest: string;
  readonly user_id: UserId;
  readonly session_created_at: number;
  readonly last_activity_at: number;
  readonly expires_at: number;
  readonly address: string;
  readonly user_agent: string;
}

export const SESSION_COLUMNS =
  's.id_digest, s.user_id, s.created_at AS session_created_at, s.last_activity_at, s.expires_at, s.address, s.user_agent';

export function toSession(row: SessionRow): Session {
  return {
    key: row.id_digest,
    userId: row.user_id,
    createdAtMs: row.session_created_at,
    lastActivityAtMs: row.last_activity_at,
    expiresAtMs: row.expires_at,
    address: row.address,
    userAgent: row.user_agent,
  };
}
