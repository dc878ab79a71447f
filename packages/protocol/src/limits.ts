import { CORE_LIMITS } from './core-limits.ts';

/**
 * Limits that server and clients share. The server enforces them; a client uses them to reject
 * input early, with the same messages.
 *
 * Limits that an operator may change are settings of the server; the value here is the default,
 * which a client may assume.
 */
export const LIMITS = Object.freeze({
  ...CORE_LIMITS,
  /** Characters of a `clientMessageId`. */
  clientMessageIdLengthMax: 128,
  /** Characters of a frame's `id`, echoed as `replyTo`. */
  frameIdLengthMax: 64,
  passwordLengthMin: 8,
  passwordLengthMax: 128,
  /** Code points of a room's key. */
  roomNameLengthMax: 50,
  roomsPageDefault: 100,
  membersPageDefault: 200,
  membersPageMax: 200,
  /** Users in a direct or group room. */
  groupMembersMax: 50,
  /** Users whom a request adds to a group of users, and users whom it removes. */
  userGroupChangesMax: 100,
  /** Code points, also of the name of a group of users. */
  displayNameLengthMax: 40,
  /** Code points of a user's status text. */
  statusTextLengthMax: 100,
  /** Code points of a room's topic. */
  topicLengthMax: 250,
  /** Code points of a room's description. */
  descriptionLengthMax: 1000,
  /** Seconds between two messages of a member in a room in slow mode. */
  slowModeSecondsMin: 5,
  slowModeSecondsMax: 21_600,
  /** Code points of the reason for a ban, a mute or a report. */
  reasonLengthMax: 500,
  /** Code points of a reaction. */
  emojiLengthMax: 32,
  /** Different emoji under one message. */
  reactionsPerMessageMax: 50,
  /** Users listed in a reaction; its count includes all. */
  reactionUsersListed: 100,
  /** Mentions above this number are not counted. */
  mentionCountMax: 100,
  /** Attachments of one message. */
  attachmentsMax: 10,
  /** Bytes of all attachments of a message, as JSON in UTF-8. */
  attachmentsBytesMax: 8192,
  attachmentFieldsMax: 16,
  /** Characters of a field's name. */
  attachmentNameLengthMax: 64,
  /** Characters of an address, and of a field's text. */
  attachmentTextLengthMax: 2048,
  /** Characters of a search. */
  searchLengthMax: 500,
  /** Words, phrases and operators of a search. */
  searchTermsMax: 20,
  searchResultsDefault: 20,
  searchResultsMax: 50,
  /** Bytes of one message on the wire. */
  frameBytesMax: 1_048_576,
});

/** Characters of a username. Stored as entered; unique ignoring case. */
export const USERNAME_PATTERN = '^[A-Za-z0-9_-]+$';
