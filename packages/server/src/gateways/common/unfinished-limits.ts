/** Limits on messages that have begun and not ended. */

/** Frames per message: the longest message in pieces that fill a network packet each. */
export const FRAGMENTS_MAX = 1_024;
/** Per dialect, over all its connections: many times the longest message, and little of a machine. */
export const UNFINISHED_BYTES_MAX = 16 * 1_048_576;
