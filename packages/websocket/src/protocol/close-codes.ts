/** Close codes, and which of them a close frame may carry (RFC 6455 section 7.4, IANA registry). */
import { argumentError } from './errors.ts';
import type { Role } from './role.ts';

export interface CloseCodeEntry {
  readonly name: string;
  /** Which end may send it; `none` marks codes that are only reported locally. */
  readonly sentBy: 'both' | 'client' | 'none';
}

const ENTRIES = Object.freeze({
  1000: { name: 'NORMAL_CLOSURE', sentBy: 'both' },
  1001: { name: 'GOING_AWAY', sentBy: 'both' },
  1002: { name: 'PROTOCOL_ERROR', sentBy: 'both' },
  1003: { name: 'UNSUPPORTED_DATA', sentBy: 'both' },
  1005: { name: 'NO_STATUS_RCVD', sentBy: 'none' },
  1006: { name: 'ABNORMAL_CLOSURE', sentBy: 'none' },
  1007: { name: 'INVALID_FRAME_PAYLOAD_DATA', sentBy: 'both' },
  1008: { name: 'POLICY_VIOLATION', sentBy: 'both' },
  1009: { name: 'MESSAGE_TOO_BIG', sentBy: 'both' },
  1010: { name: 'MANDATORY_EXTENSION', sentBy: 'client' },
  1011: { name: 'INTERNAL_ERROR', sentBy: 'both' },
  1012: { name: 'SERVICE_RESTART', sentBy: 'both' },
  1013: { name: 'TRY_AGAIN_LATER', sentBy: 'both' },
  1014: { name: 'BAD_GATEWAY', sentBy: 'both' },
  1015: { name: 'TLS_HANDSHAKE', sentBy: 'none' },
} as const satisfies Record<number, CloseCodeEntry>);

type ByName = {
  readonly [Code in keyof typeof ENTRIES as (typeof ENTRIES)[Code]['name']]: Code;
};

/** The code by its name: `CLOSE_CODES.GOING_AWAY` is 1001. */
export interface CloseCodes extends ByName {
  readonly [code: number]: CloseCodeEntry;
}

/** The entries by code, and, not enumerable, the codes by name. */
export const CLOSE_CODES: CloseCodes = Object.freeze(
  // The definition adds the names.
  Object.defineProperties(
    { ...ENTRIES },
    Object.fromEntries(Object.entries(ENTRIES).map(([code, { name }]) => [name, { value: +code }])),
  ) as typeof ENTRIES & ByName,
);

/** Reported for a close frame without a code (section 7.1.5). */
export const NO_STATUS_RECEIVED = 1005;

/** Reported when the connection ended without a close frame from the peer (section 7.1.5). */
export const ABNORMAL_CLOSURE = 1006;

/** The arguments of a close; without any, a normal closure. */
export function checkClose(
  given: readonly [code?: number | undefined, reason?: string | undefined],
): [code: number, reason: string] {
  const [code = CLOSE_CODES.NORMAL_CLOSURE, reason = ''] = given;
  if (given.length > 0 && given[0] === undefined) {
    throw argumentError('the close code is undefined; leave it out to close with 1000');
  }
  return [code, reason];
}

export function isCloseCodeOnWire(code: number, sender: Role): boolean {
  if (!Number.isInteger(code)) return false;
  // Registered (3000 to 3999) and private (4000 to 4999) codes, reserved for applications.
  if (code >= 3000 && code <= 4999) return true;
  const sentBy = CLOSE_CODES[code]?.sentBy;
  return sentBy === 'both' || sentBy === sender;
}
