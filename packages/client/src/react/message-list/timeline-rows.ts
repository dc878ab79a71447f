/**
 * Builds the rows of a conversation: grouped messages, gains and ends of memberships between them, day
 * boundaries, and messages in progress at the end. Replies belong to their thread: the
 * timeline of a room shows new ones as one line. Pure.
 *
 * A row depends only on the row before it. Prepending older pages therefore changes no
 * row that is already on the screen, and nothing moves.
 */
import type { MessageId, RoomId } from '@parley/protocol';
import type { StreamingState } from '../../core/messages/streaming-messages.ts';
import type { Member, Notice } from '../../core/rooms/room-state.ts';
import type { TimelineMessage } from '../../core/rooms/timeline.ts';

/** Maximum time between two messages of one person in the same group. */
export const GROUP_MS = 5 * 60_000;

export type TimelineRow = MessageRow | RepliesRow | NoticeRow | StreamingRow;

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: TimelineMessage;
  /** The first of consecutive messages of one user within 5 minutes. */
  readonly startsGroup: boolean;
  /** The first message that was unread when the room was opened. */
  readonly isFirstUnread: boolean;
  /** Midnight of the day that starts with this row. */
  readonly day: number | undefined;
  /** Sequence of the last stored message before the next row; 0 if this one is not stored. */
  upTo: number;
}

/** Consecutive new replies in one thread. */
export interface RepliesRow {
  readonly kind: 'replies';
  readonly key: string;
  readonly parentId: MessageId;
  readonly replies: TimelineMessage[];
  readonly isFirstUnread: boolean;
  readonly day: number | undefined;
  upTo: number;
}

export interface NoticeRow {
  readonly kind: 'notice';
  readonly key: string;
  readonly joined: readonly Member[];
  readonly left: readonly Member[];
  readonly removed: readonly Member[];
  readonly owners: readonly Member[];
  readonly moderators: readonly Member[];
  /** Moderators before. */
  readonly members: readonly Member[];
  readonly day: number | undefined;
}

/** A message in progress. */
export interface StreamingRow {
  readonly kind: 'streaming';
  readonly key: string;
  readonly draftId: string;
  readonly content: string;
  readonly day: undefined;
}

interface TimelineInput {
  readonly messages: readonly TimelineMessage[];
  readonly notices: readonly Notice[];
  /** Sequence after which the unread line is drawn. */
  readonly divider: number | undefined;
  /** Whether a page before the first message exists. */
  readonly hasOlder: boolean;
  /** Undefined if replies are shown among the other messages. */
  readonly threads: ThreadFolding | undefined;
}

/** How replies are left to their threads. */
interface ThreadFolding {
  /** Replies after this sequence are shown as a line. */
  readonly newAfter: number;
  /** The user's own replies need no line. */
  readonly selfId: string;
}

/**
 * While there are older pages, the first message is left out: its look depends on the
 * message before it, which is not loaded.
 */
export function timelineRows(input: TimelineInput): TimelineRow[] {
  const { messages, notices, divider, hasOlder, threads } = input;
  const rows: TimelineRow[] = [];
  let dayMs = 0;
  let before: TimelineMessage | undefined;
  let lastWithMessages: MessageRow | RepliesRow | undefined;
  let isUnreadStarted = false;
  let nextNotice = 0;

  const dayOf = (ms: number): number | undefined => {
    const day = startOfDay(ms);
    // Unsent messages use this machine's time; a day must not start twice.
    if (day <= dayMs) return undefined;
    dayMs = day;
    return day;
  };
  /** Joins and leaves before the message with this sequence, as one row. */
  const pushNotices = (sequence: number): void => {
    const first = nextNotice;
    while ((notices[nextNotice]?.afterSequence ?? sequence) < sequence) nextNotice += 1;
    const row = noticeRow(notices.slice(first, nextNotice), dayOf);
    if (row !== undefined) rows.push(row);
  };
  const pushMessage = (message: TimelineMessage): MessageRow => {
    const day = dayOf(message.sentAtMs);
    const isFirstUnread = !isUnreadStarted && isBehind(divider, message);
    const startsGroup =
      rows.at(-1) !== lastWithMessages ||
      lastWithMessages?.kind === 'replies' ||
      isFirstUnread ||
      day !== undefined ||
      !isSameGroup(before, message);
    before = message;
    const upTo = storedSequence(message);
    return { kind: 'message', key: message.key, message, startsGroup, isFirstUnread, day, upTo };
  };
  const pushReply = (message: TimelineMessage, parentId: MessageId): RepliesRow | undefined => {
    const isFirstUnread = !isUnreadStarted && isBehind(divider, message);
    const day = dayOf(message.sentAtMs);
    const last = rows.at(-1);
    const isContinued = last?.kind === 'replies' && last.parentId === parentId;
    if (isContinued && !isFirstUnread && day === undefined) {
      last.replies.push(message);
      return undefined;
    }
    const key = `replies ${message.key}`;
    return { kind: 'replies', key, parentId, replies: [message], isFirstUnread, day, upTo: 0 };
  };

  for (const message of messages) {
    pushNotices(sequenceOf(message));
    // A reply that was not sent needs its author, also while the thread is closed.
    const isFolded = threads !== undefined && message.delivery.kind !== 'failed';
    const parentId = isFolded && !message.alsoToRoom ? message.parentId : undefined;
    const isShown = parentId === undefined || isNewReply(message, threads);
    const row = !isShown
      ? undefined
      : parentId === undefined
        ? pushMessage(message)
        : pushReply(message, parentId);
    if (row !== undefined) {
      rows.push(row);
      lastWithMessages = row;
      isUnreadStarted ||= row.isFirstUnread;
    }
    if (lastWithMessages !== undefined) {
      lastWithMessages.upTo = Math.max(lastWithMessages.upTo, storedSequence(message));
    }
  }
  pushNotices(Number.POSITIVE_INFINITY);
  return hasOlder ? dropUncertain(rows) : rows;
}

/** Rows after all messages that have a sequence. */
export function withStreaming(
  rows: readonly TimelineRow[],
  streaming: StreamingState,
  roomId: RoomId,
): readonly TimelineRow[] {
  const here = streaming.filter((message) => message.roomId === roomId);
  if (here.length === 0) return rows;
  return [
    ...rows,
    ...here.map(({ draftId, content }): StreamingRow => {
      return { kind: 'streaming', key: `streaming ${draftId}`, draftId, content, day: undefined };
    }),
  ];
}

/** Rows up to the first message can still change when an older page is loaded. */
function dropUncertain(rows: TimelineRow[]): TimelineRow[] {
  const first = rows.findIndex(({ kind }) => kind !== 'notice');
  return first < 0 ? [] : rows.slice(first + 1);
}

/** Sequence of the last stored message up to this index, or before the row after it. */
export function lastSequence(rows: readonly TimelineRow[], index: number): number {
  for (let at = Math.min(index, rows.length - 1); at >= 0; at -= 1) {
    const row = rows[at];
    if ((row?.kind === 'message' || row?.kind === 'replies') && row.upTo > 0) return row.upTo;
  }
  return 0;
}

/** Midnight before this time in the zone of the machine: the same for all times of a day. */
function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

function isBehind(divider: number | undefined, message: TimelineMessage): boolean {
  return divider !== undefined && sequenceOf(message) > divider;
}

/** A reply of another user that came after the folding began. */
function isNewReply(message: TimelineMessage, threads: ThreadFolding | undefined): boolean {
  return (
    threads !== undefined &&
    message.userId !== threads.selfId &&
    storedSequence(message) > threads.newAfter
  );
}

/** 0 for an unsent message. */
export function storedSequence({ delivery }: TimelineMessage): number {
  return delivery.kind === 'sent' ? delivery.sequence : 0;
}

/** Unsent messages come after all stored messages. */
function sequenceOf({ delivery }: TimelineMessage): number {
  return delivery.kind === 'sent' ? delivery.sequence : Number.POSITIVE_INFINITY;
}

function isSameGroup(before: TimelineMessage | undefined, message: TimelineMessage): boolean {
  return (
    before !== undefined &&
    before.userId === message.userId &&
    message.sentAtMs - before.sentAtMs < GROUP_MS
  );
}

/**
 * One line for consecutive gains, roles and ends of memberships; only the last change of each person
 * counts.
 */
function noticeRow(
  notices: readonly Notice[],
  dayOf: (ms: number) => number | undefined,
): NoticeRow | undefined {
  const [first] = notices;
  if (first === undefined) return undefined;
  const lastOf = new Map(notices.map((notice) => [notice.userId, notice]));
  const membersOf = (kind: Notice['kind']): Member[] =>
    [...lastOf.values()]
      .filter((notice) => notice.kind === kind)
      .map(({ userId, username }) => ({ userId, username }));
  return {
    kind: 'notice',
    key: `notice ${first.key}`,
    joined: membersOf('joined'),
    left: membersOf('left'),
    removed: membersOf('removed'),
    owners: membersOf('owner'),
    moderators: membersOf('moderator'),
    members: membersOf('member'),
    day: dayOf(first.atMs),
  };
}
