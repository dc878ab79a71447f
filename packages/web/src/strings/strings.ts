/**
 * The texts of the page, in one folder, so that they can be translated. This file is in the first
 * load; the others belong to parts of the page that load later. Texts are short, plain and in the
 * second person; an error says what happened and what to do.
 */
import type { ErrorCode } from '@parley/client';

const ERRORS: Readonly<Record<ErrorCode, string>> = Object.freeze({
  INVALID_JSON: 'The server cannot read what this page sent. Reload the page.',
  VALIDATION_ERROR: 'The server does not accept this. Check what you entered.',
  UNKNOWN_TYPE: 'This server does not support this. Reload the page.',
  UNAUTHENTICATED: 'Your session has ended. Log in again.',
  FORBIDDEN: 'You do not have permission to do this.',
  NOT_IN_ROOM: 'You are not in this room. Open it again.',
  NOT_FOUND: 'It no longer exists.',
  CONFLICT: 'It was already sent with a different text. Discard it and write it again.',
  RATE_LIMITED: 'You are doing this too often. Wait a moment, then try again.',
  INTERNAL_ERROR: 'The server has a problem. Try again in a moment.',
  UNAVAILABLE: 'The server cannot be reached. Try again in a moment.',
});

/** Names of the emoji that the page offers, for screen readers; other emoji have no name here. */
const EMOJI_NAMES: ReadonlyMap<string, string> = new Map([
  ['👍', 'thumbs up'],
  ['❤️', 'heart'],
  ['😂', 'laughter'],
  ['🎉', 'party'],
  ['👀', 'eyes'],
]);

export const strings = Object.freeze({
  product: 'Parley',
  error: (code: ErrorCode) => ERRORS[code],
  tryAgain: 'Try again',
  close: 'Close',
  reload: 'Reload',
  details: 'Details',
  partFailed: 'This part of the page could not be loaded',
  partFailedText: 'Check your connection, then reload the page.',

  account: {
    settings: 'Settings',
    wait: (seconds: number) => `Too many attempts. Try again in ${count(seconds, 'second')}.`,
    ended: 'Your session has ended. Log in to continue.',
    somebodyElse: (name: string, other: string | undefined) =>
      `${
        other === undefined
          ? 'This browser is now logged in with another account.'
          : `This browser is now logged in as ${other}.`
      } Log in as ${name} to continue. Your unsent messages are kept.`,
    continueAs: (name: string) => `Continue as ${name}`,
    logOut: 'Log out',
    unreachable: 'The server cannot be reached. This page keeps trying.',
    checking: 'Loading',
  },

  rooms: {
    title: 'Rooms',
    width: 'Width of the room list',
    unread: (n: number) => `${n} unread`,
    mentions: (n: number) => count(n, 'mention'),
    /** Short enough for the pill in a row. */
    pill: (n: number) => (n > 99 ? '99+' : String(n)),
    loading: 'Loading rooms',
    failed: 'The room list could not be loaded.',
    noneJoined: 'You are in no room yet.',
    choose: 'Find or create a room',
    back: 'Back to rooms',
    unreadTitle: 'Unread',
    markAllRead: 'Mark all as read',
    muted: 'Muted',
    private: 'Private room',
    cancel: 'Cancel',
    joinAgain: 'Join again',
    closedTitle: 'This room is not open',
  },

  people: {
    title: 'People',
    none: 'No conversations yet. Write a new message to start one.',
    newMessage: 'New message',
    profile: (name: string) => `Profile of ${name}`,
    bot: 'Bot',
    seen: 'Seen',
    start: (name: string) => `This is the start of your conversation with ${name}`,
  },

  groups: { title: 'New group' },

  conversation: {
    title: 'Conversation',
    joining: 'Opening the room',
    messagesIn: (room: string) => `Messages in ${room}`,
    messagesWith: (person: string) => `Messages with ${person}`,
    emptyTitle: (room: string) => `No messages in ${room} yet`,
    emptyText: 'All members read the messages of a room, also members who join later.',
    emptyTextWith: 'Only the two of you can read this conversation.',
    empty: 'Write the first message',
    start: (room: string) => `This is the start of ${room}.`,
    startWith: (person: string) => `This is the start of your conversation with ${person}.`,
    latest: 'Jump to latest',
    joined: (people: readonly string[]) => `${nameList(people)} joined`,
    left: (people: readonly string[]) => `${nameList(people)} left`,
    removed: (people: readonly string[]) =>
      `${nameList(people)} ${people.length === 1 ? 'was' : 'were'} removed`,
    owners: (people: readonly string[]) => `${nameList(people)} now owns the room`,
    moderators: (people: readonly string[]) =>
      `${nameList(people)} ${people.length === 1 ? 'is a moderator' : 'are moderators'} now`,
    members: (people: readonly string[]) =>
      `${nameList(people)} ${people.length === 1 ? 'is no moderator' : 'are no moderators'} now`,
    unreadLine: 'New',
    jumpToDate: 'Jump to date',
    jumpToDateFrom: (day: string) => `${day}, jump to date`,
    today: 'Today',
    yesterday: 'Yesterday',
  },

  message: {
    deleted: 'This message was deleted.',
    notDone: (code: ErrorCode) => `Not changed. ${ERRORS[code]}`,
    label: (sender: string, time: string) => `${sender}, ${time}`,
    reaction: (emoji: string, n: number) => `${emojiName(emoji)}, ${n}`,
    reactedBy: (names: readonly string[], n: number, emoji: string) =>
      `${reactors(names, n)} reacted with ${emojiName(emoji)}`,
    edited: '(edited)',
    pinned: 'Pinned',
    attachments: 'Attachments',
  },

  palette: { open: 'Jump or search' },

  activity: { title: 'Activity' },

  drafts: {
    title: 'Drafts',
  },

  saved: { title: 'Saved' },

  pins: { open: 'Pinned messages' },

  thread: {
    title: 'Thread',
    close: 'Close thread',
    label: 'Reply in thread',
    loading: 'Loading the thread',
    open: 'Open thread',
    replies: (n: number) => count(n, 'reply', 'replies'),
    last: (time: string) => `last ${time}`,
  },

  composer: {
    label: 'Message',
    placeholder: (room: string) => `Message ${room}`,
    send: 'Send',
    hint: 'Enter to send, Shift + Enter for a new line',
    files: 'Add files',
    bold: 'Bold',
    italic: 'Italic',
    code: 'Code',
    emoji: 'Insert emoji',
    mention: 'Mention someone',
    tools: 'Formatting',
    completions: 'Suggestions',
    /** A problem that keeps the text. */
    slow: 'This room is in slow mode. Your text is kept here: send it when the time is over.',
    full: 'Too many messages are waiting to be sent. Your text is kept here. Send it later.',
  },

  members: {
    title: 'Members',
    /** Undefined while the room is not listed. */
    count: (n: number | undefined) => (n === undefined ? '' : count(n, 'member')),
    open: (n: number | undefined) => (n === undefined ? 'Members' : `Members, ${n}`),
    close: 'Close members',
    status: {
      online: 'online',
      away: 'away',
      busy: 'busy',
      invisible: 'invisible',
      offline: 'offline',
    },
  },
});

export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** Names that this page does not know are counted. */
export function reactors(names: readonly string[], n: number): string {
  const others = n - names.length;
  return nameList(others > 0 ? [...names, count(others, 'other')] : names);
}

export function emojiName(emoji: string): string {
  return EMOJI_NAMES.get(emoji) ?? emoji;
}

/** "alice", "alice and bob", "alice, bob and 3 others". */
export function nameList(names: readonly string[]): string {
  const [first = '', second = '', third = ''] = names;
  if (names.length <= 1) return first;
  if (names.length === 2) return `${first} and ${second}`;
  if (names.length === 3) return `${first}, ${second} and ${third}`;
  return `${first}, ${second} and ${names.length - 2} others`;
}
