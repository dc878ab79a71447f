/** How long a connection may stay authenticated. */
import { WebSocketError } from '../../protocol/errors.ts';

/** The maximum of the platform's timers; 24 days. */
const EXPIRY_MAX_MS = 2_147_483_647;

/** @throws {WebSocketError} `INVALID_ARGUMENT` for anything but `undefined` or a time in range. */
export function validateAuthExpiry(afterMs: number | undefined): number | undefined {
  const isInRange =
    afterMs === undefined ||
    (Number.isInteger(afterMs) && afterMs >= 1 && afterMs <= EXPIRY_MAX_MS);
  if (isInRange) return afterMs;
  throw new WebSocketError(
    `an expiry of ${String(afterMs)}; allowed: a whole number from 1 to ${EXPIRY_MAX_MS}`,
    'INVALID_ARGUMENT',
  );
}
