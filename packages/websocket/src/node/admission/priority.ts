/** The priority of a connection under overload. */
import { argumentError } from '../../protocol/errors.ts';

/** Lowest first. */
const CONNECTION_PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;

/**
 * `critical`: health checks and administrators; `high`: clients that must get through, such as
 * paying customers; `low`: visitors without an account, trials. `high` and `critical` may use
 * reserved slots, are not delayed, and are never shed.
 */
export type ConnectionPriority = (typeof CONNECTION_PRIORITIES)[number];

/** @throws {WebSocketError} `INVALID_ARGUMENT`; plain JavaScript may pass other values. */
export function checkPriority(value: ConnectionPriority): ConnectionPriority {
  if (CONNECTION_PRIORITIES.includes(value)) return value;
  throw argumentError(`the priority must be one of ${CONNECTION_PRIORITIES.join(', ')}`);
}

export function isPrivileged(priority: ConnectionPriority): boolean {
  return priority === 'high' || priority === 'critical';
}
