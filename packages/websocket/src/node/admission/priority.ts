/** Whom a server in need keeps longest (WS-225). */
import { WebSocketError } from '../../protocol/errors.ts';

/** Least first. */
export const CONNECTION_PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;

/**
 * `critical`: health checks and administrators; `high`: those who must get through, such as paying
 * customers; `low`: visitors without an account, trials. `high` and `critical` may use reserved
 * places, are not made to wait, and are never shed.
 */
export type ConnectionPriority = (typeof CONNECTION_PRIORITIES)[number];

/** @throws {WebSocketError} `INVALID_ARGUMENT` for what plain JavaScript may hand in. */
export function checkPriority(value: ConnectionPriority): ConnectionPriority {
  if (CONNECTION_PRIORITIES.includes(value)) return value;
  const allowed = CONNECTION_PRIORITIES.join(', ');
  throw new WebSocketError(`a priority is one of ${allowed}`, 'INVALID_ARGUMENT');
}

export function isPrivileged(priority: ConnectionPriority): boolean {
  return priority === 'high' || priority === 'critical';
}
