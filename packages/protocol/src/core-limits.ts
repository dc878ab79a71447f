/**
 * The limits of `LIMITS` that the core of a client uses. In a file of their own, so that a page
 * does not load the others.
 */
export const CORE_LIMITS = Object.freeze({
  /** Code points of a message's text, after trimming. */
  contentLengthMax: 10_000,
  usernameLengthMin: 3,
  usernameLengthMax: 20,
  historyPageDefault: 50,
  historyPageMax: 200,
  roomsPageMax: 200,
  /** Rooms open on one connection; direct and group rooms do not count. */
  openRoomsMax: 200,
  /** Usernames that one message can mention; further names are plain text. */
  mentionsPerMessageMax: 50,
});
