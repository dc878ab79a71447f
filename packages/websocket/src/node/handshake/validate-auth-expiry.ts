/** How long a connection may stay authenticated. */
import { checkInteger } from '../options/value-checks.ts';

/** The maximum of the platform's timers; 24 days. */
const EXPIRY_MAX_MS = 2_147_483_647;

/** @throws {WebSocketError} `INVALID_ARGUMENT` for anything but `undefined` or a time in range. */
export function validateAuthExpiry(afterMs: number | undefined): number | undefined {
  if (afterMs !== undefined) checkInteger('expiresInMs', afterMs, [1, EXPIRY_MAX_MS]);
  return afterMs;
}
