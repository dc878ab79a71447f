/** RFC 6455's registry has it as "Try Again Later". */
export const TRY_LATER_CLOSE_CODE = 1013;

/** RFC 6455: the server met a condition that keeps it from going on. */
export const INTERNAL_ERROR_CLOSE_CODE = 1011;

/** A client that closes with these means to go; 1001 is a page that is reloaded as often as left. */
export const LEAVE_CODES: ReadonlySet<number> = new Set([1000, 1005]);
