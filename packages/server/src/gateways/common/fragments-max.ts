/** Frames per message: the longest message in pieces that fill a network packet each. */
export const FRAGMENTS_MAX = 1_024;
