import { SESSION_EXPIRED_CLOSE_CODE } from '@parley/protocol';

/** "Try Again Later" in the registry of RFC 6455. */
export const TRY_LATER_CLOSE_CODE = 1013;

/** RFC 6455, section 7.4.1: an unexpected condition prevents the server from continuing. */
export const INTERNAL_ERROR_CLOSE_CODE = 1011;

/** RFC 6455, section 7.4.1: the peer violated the protocol. */
export const PROTOCOL_ERROR_CLOSE_CODE = 1002;

/** RFC 6455, section 7.4.1: a close without a code. */
export const NO_STATUS_CLOSE_CODE = 1005;

/**
 * Codes of connections that do not come back: the client leaves, or its session has ended. 1001 is not
 * one of them: pages also send it when they are reloaded.
 */
export const LEAVE_CODES: ReadonlySet<number> = new Set([
  1000,
  NO_STATUS_CLOSE_CODE,
  SESSION_EXPIRED_CLOSE_CODE,
]);
