/**
 * Every word that the page says, in one place, so that others can translate it.
 * Short, plain, in the second person; errors say what happened and what to do.
 */
import { type ClosedReason, type ErrorCode, LIMITS, type OutageCause } from '@parley/client';

const ERRORS: Readonly<Record<ErrorCode, string>> = Object.freeze({
  INVALID_JSON: 'The server did not understand this page. Reload it.',
  VALIDATION_ERROR: 'The server does not accept this.',
  UNKNOWN_TYPE: 'This server does not support that.',
  UNAUTHENTICATED: 'Your session has ended. Log in again.',
  FORBIDDEN: 'You are not allowed to do this.',
  NOT_IN_ROOM: 'You are not in this room.',
  NOT_FOUND: 'There is no such thing any more.',
  CONFLICT: 'This was sent before with another text.',
  RATE_LIMITED: 'Too many in a short time. Wait a moment, then try again.',
  INTERNAL_ERROR: 'Something went wrong on the server.',
  UNAVAILABLE: 'The server is not reachable. Try again in a moment.',
});

const CLOSED: Readonly<Record<ClosedReason, string>> = Object.freeze({
  ...ERRORS,
  LEFT: 'You are no longer a member of this room.',
  FORBIDDEN: 'You are not allowed to open this room.',
  NOT_FOUND: 'This room does not exist any more.',
});

const CAUSES: Readonly<Record<OutageCause, string>> = Object.freeze({
  starting: 'Connecting.',
  offline: 'You are offline.',
  lost: 'The connection was lost.',
  silent: 'The server does not answer.',
  restarting: 'The server closed the connection.',
  unreachable: 'The server is not reachable.',
  refused: 'The server takes no connections right now.',
});

/** Of the emojis that the page offers; others are read out as they are. */
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

  account: {
    logInTitle: 'Log in to Parley',
    registerTitle: 'Create your account',
    username: 'Username',
    usernameHint: '3 to 20 letters, digits, hyphens or underscores.',
    usernameMissing: 'Enter your username.',
    usernameInvalid: 'Use 3 to 20 letters, digits, hyphens or underscores.',
    usernameTaken: 'This username is taken. Choose another.',
    password: 'Password',
    passwordHint: '8 to 128 characters.',
    passwordMissing: 'Enter your password.',
    passwordInvalid: 'Use 8 to 128 characters.',
    logIn: 'Log in',
    register: 'Create account',
    newHere: 'New here?',
    registered: 'Have an account?',
    wrong: 'Wrong username or password.',
    closed: 'This server does not take new accounts.',
    wait: (seconds: number) => `Too many attempts. Try again in ${count(seconds, 'second')}.`,
    ended: 'Your session has ended. Log in to go on where you were.',
    somebodyElse: (name: string, other: string | undefined) =>
      `${
        other === undefined
          ? 'Somebody else logged in with this browser.'
          : `This browser is now logged in as ${other}.`
      } Log in to go on as ${name}; what you wrote waits.`,
    continueAs: (name: string) => `Continue as ${name}`,
    logOut: 'Log out',
    logOutFailed: 'You are still logged in. The server is not reachable.',
    unreachable: 'The server is not reachable. This page tries again by itself.',
    checking: 'Loading',
  },

  theme: {
    system: 'Theme: as the system',
    light: 'Theme: light',
    dark: 'Theme: dark',
  },

  rooms: {
    title: 'Rooms',
    name: 'Room name',
    placeholder: 'Find or create a room',
    join: 'Join or create',
    width: 'Width of the list of rooms',
    shortcut: 'Ctrl K',
    members: (n: number) => count(n, 'member'),
    unread: (n: number) => `${n} unread`,
    mentions: (n: number) => count(n, 'mention'),
    /** As narrow as the place that it has. */
    pill: (n: number) => (n > 99 ? '99+' : String(n)),
    loading: 'Loading rooms',
    failed: 'The rooms could not be listed.',
    none: 'No rooms yet. Name one above to create it.',
    create: (name: string) => `Create “${name}”`,
    openOrCreate: (name: string) => `Open or create “${name}”`,
    more: (n: number) => `${n} more. Type to narrow the list.`,
    moreUnlisted: 'There are more rooms. Enter a name to find one.',
    refused: `No room can have this name. Use letters or digits, and at most ${LIMITS.roomNameLengthMax} characters.`,
    nameMissing: 'Enter the name of a room.',
    chooseTitle: 'Choose a room',
    chooseText: 'Pick one from the list, or name a new one to create it.',
    choose: 'Find or create a room',
    back: 'Back to rooms',
    others: 'Other rooms',
    missingTitle: (name: string) => `There is no room called “${name}”`,
    missingText: 'Check the link. If you want a new room with this name, create it.',
    invalidName: 'No room can have this name. Check the link.',
    notOpened: 'The room could not be opened',
    leave: 'Leave room',
    leaveGroup: 'Leave group',
    leaveTitle: (name: string) => `Leave ${name}?`,
    leaveText: 'You will get no more messages from this room. You can join it again later.',
    leaveGroupText: 'You will get no more messages from this group, and you cannot join it again.',
    notLeft: (code: ErrorCode) => `You are still a member. ${ERRORS[code]}`,
    cancel: 'Cancel',
    joinAgain: 'Join again',
    closedTitle: 'This room is closed',
    closed: (reason: ClosedReason) => CLOSED[reason],
  },

  people: {
    title: 'People',
    message: (name: string) => `Message ${name}`,
    start: (name: string) => `This is the start of your conversation with ${name}`,
    startText: 'Write the first message below.',
    selfTitle: 'This is you',
    selfText: 'You cannot message yourself.',
    notSent: (name: string, code: ErrorCode) =>
      `Not sent. ${code === 'NOT_FOUND' ? `There is no user called “${name}”.` : ERRORS[code]}`,
  },

  conversation: {
    title: 'Conversation',
    joining: 'Opening the room',
    messagesIn: (room: string) => `Messages in ${room}`,
    messagesWith: (person: string) => `Messages with ${person}`,
    emptyTitle: (room: string) => `${room} is quiet`,
    emptyText: 'Nobody has written here yet.',
    empty: 'Write the first message',
    start: (room: string) => `This is the start of ${room}.`,
    startWith: (person: string) => `This is the start of your conversation with ${person}.`,
    loadingOlder: 'Loading older messages',
    olderFailed: 'Older messages could not be loaded.',
    olderBound: 'Older messages are not kept on this page.',
    latest: 'Jump to latest',
    newBelow: (n: number) => `${n} new`,
    announceOne: (sender: string, content: string) => `${sender}: ${content}`,
    announceMany: (n: number) => count(n, 'new message'),
    joined: (people: readonly string[]) => `${nameList(people)} joined`,
    left: (people: readonly string[]) => `${nameList(people)} left`,
    unreadLine: 'New',
    today: 'Today',
    yesterday: 'Yesterday',
    justNow: 'just now',
    minutesAgo: (n: number) => `${n} min ago`,
    hoursAgo: (n: number) => `${n} h ago`,
  },

  message: {
    deleted: 'This message was deleted.',
    streaming: 'An answer is being written',
    sending: 'Sending',
    waiting: 'Waiting to be sent',
    notSent: (code: ErrorCode) => `Not sent. ${ERRORS[code]}`,
    notDone: (code: ErrorCode) => `Not done. ${ERRORS[code]}`,
    retry: 'Retry',
    discard: 'Discard',
    label: (sender: string, time: string) => `${sender}, ${time}`,
    actions: 'What to do with this message',
    react: (emoji: string) => `React with ${emojiName(emoji)}`,
    reaction: (emoji: string, n: number) => `${emojiName(emoji)}, ${n}`,
    pin: 'Pin',
    unpin: 'Unpin',
    pinned: 'Pinned',
    attachments: 'Attachments',
    attachment: 'An attachment',
  },

  composer: {
    label: 'Message',
    placeholder: (room: string) => `Message ${room}`,
    send: 'Send',
    hint: 'Enter sends, Shift + Enter makes a new line',
    length: (length: number, limit: number) => `${length} / ${limit}`,
    tooLong: (length: number, limit: number) => `${length - limit} too many`,
    tooManyMarks: 'Too many combining marks in a row',
    full: 'Too many messages are waiting to be sent. Yours stays here until some are gone.',
  },

  typing: (people: readonly string[]) => {
    if (people.length === 0) return '';
    if (people.length > 3) return 'Several people are typing';
    return `${nameList(people)} ${people.length === 1 ? 'is' : 'are'} typing`;
  },

  members: {
    title: 'Members',
    open: (n: number) => `Members, ${n}`,
    close: 'Close members',
    you: 'you',
    more: (n: number) => `and ${n} more`,
    status: {
      online: 'online',
      away: 'away',
      busy: 'busy',
      offline: 'offline',
    },
  },

  connection: {
    cause: (cause: OutageCause) => CAUSES[cause],
    trying: 'Trying to connect …',
    nextTry: (seconds: number) => `Next try in ${seconds} s.`,
    tryNow: 'Try now',
    waiting: (n: number) => `${count(n, 'message')} waiting.`,
    caughtUp: 'You are back online.',
    caughtUpWith: (n: number, isAtLeast: boolean) => `Caught up, ${n}${isAtLeast ? '+' : ''} new.`,
    incompatible: 'This page no longer fits the server.',
    reload: 'Reload',
  },
});

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function emojiName(emoji: string): string {
  return EMOJI_NAMES.get(emoji) ?? emoji;
}

/** "alice", "alice and bob", "alice, bob and 3 others". */
function nameList(names: readonly string[]): string {
  const [first = '', second = '', third = ''] = names;
  if (names.length <= 1) return first;
  if (names.length === 2) return `${first} and ${second}`;
  if (names.length === 3) return `${first}, ${second} and ${third}`;
  return `${first}, ${second} and ${names.length - 2} others`;
}
