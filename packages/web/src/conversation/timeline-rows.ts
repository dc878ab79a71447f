/**
 * Builds the rows of a conversation: grouped messages, joins and leaves between them, day
 * boundaries, and messages in progress at the end. Pure.
 *
 * A row depends only on the row before it. Prepending older pages therefore changes no
 * row that is already on the screen, and nothing moves.
 */
import type { Notice, RoomId, StreamingState, TimelineMessage } from '@parley/client';
import { startOfDay } from '../format-time.ts';

/** Maximum time between two messages of one person in the same group. */
export const GROUP_MS = 5 * 60_000;

export type TimelineRow = MessageRow | NoticeRow | StreamingRow;

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: TimelineMessage;
  /** Name and avatar are above this row. */
  readonly startsGroup: boolean;
  /** The unread line is above this row. */
  readonly isFirstUnread: boolean;
  /** Midnight of the day that starts with this row. */
  readonly day: number | undefined;
}

export interface NoticeRow {
  readonly kind: 'notice';
  readonly key: string;
  readonly joined: readonly string[];
  readonly left: readonly string[];
  readonly day: number | undefined;
}

/** A message in progress. */
export interface StreamingRow {
  readonly kind: 'growing';
  readonly key: string;
  readonly draftId: string;
  readonly content: string;
  readonly day: undefined;
}

export interface TimelineInput {
  readonly messages: readonly TimelineMessage[];
  readonly notices: readonly Notice[];
  /** Sequence after which the unread line is drawn. */
  readonly divider: number | undefined;
  /** Whether a page before the first message exists. */
  readonly hasOlder: boolean;
}

/**
 * While there are older pages, the first message is left out: its look depends on the
 * message before it, which is not loaded.
 */
export function timelineRows(input: TimelineInput): TimelineRow[] {
  const { messages, notices, divider, hasOlder } = input;
  const rows: TimelineRow[] = [];
  let dayMs = 0;
  let before: TimelineMessage | undefined;
  let nextNotice = 0;

  const dayOf = (ms: number): number | undefined => {
    const day = startOfDay(ms);
    // Unsent messages use this machine's time; a day must not start twice.
    if (day <= dayMs) return undefined;
    dayMs = day;
    return day;
  };
  /** Joins and leaves before the message with this sequence, as one row. */
  const pushNotices = (sequence: number): boolean => {
    const first = nextNotice;
    while ((notices[nextNotice]?.afterSequence ?? sequence) < sequence) nextNotice += 1;
    const row = noticeRow(notices.slice(first, nextNotice), dayOf);
    if (row !== undefined) rows.push(row);
    return row !== undefined;
  };

  for (const message of messages) {
    const isNoticed = pushNotices(sequenceOf(message));
    const day = dayOf(message.sentAtMs);
    const isFirstUnread = isBehind(divider, message) && !(before && isBehind(divider, before));
    const startsGroup =
      isNoticed || isFirstUnread || day !== undefined || !isSameGroup(before, message);
    rows.push({ kind: 'message', key: message.key, message, startsGroup, isFirstUnread, day });
    before = message;
  }
  pushNotices(Number.POSITIVE_INFINITY);
  return hasOlder ? dropUncertain(rows) : rows;
}

/** Rows after all messages that have a sequence. */
export function withGrowing(
  rows: readonly TimelineRow[],
  streaming: StreamingState,
  roomId: RoomId,
): readonly TimelineRow[] {
  const here = streaming.filter((message) => message.roomId === roomId);
  if (here.length === 0) return rows;
  return [
    ...rows,
    ...here.map(({ draftId, content }): StreamingRow => {
      return { kind: 'growing', key: `growing ${draftId}`, draftId, content, day: undefined };
    }),
  ];
}

/** Rows up to the first message can still change when an older page is loaded. */
function dropUncertain(rows: TimelineRow[]): TimelineRow[] {
  return rows.slice(rows.findIndex(({ kind }) => kind === 'message') + 1);
}

/** Sequence of the last stored message up to this index; 0 if there is none. */
export function lastSequence(rows: readonly TimelineRow[], index: number): number {
  for (let at = Math.min(index, rows.length - 1); at >= 0; at -= 1) {
    const row = rows[at];
    if (row?.kind === 'message' && row.message.delivery.kind === 'sent') {
      return row.message.delivery.sequence;
    }
  }
  return 0;
}

function isBehind(divider: number | undefined, message: TimelineMessage): boolean {
  return divider !== undefined && sequenceOf(message) > divider;
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

/** One line for consecutive joins and leaves; only the last change of each person counts. */
function noticeRow(
  notices: readonly Notice[],
  dayOf: (ms: number) => number | undefined,
): NoticeRow | undefined {
  const [first] = notices;
  if (first === undefined) return undefined;
  const lastOf = new Map(notices.map((notice) => [notice.userId, notice]));
  const namesOf = (kind: Notice['kind']): string[] =>
    [...lastOf.values()].filter((notice) => notice.kind === kind).map(({ username }) => username);
  return {
    kind: 'notice',
    key: `notice ${first.number}`,
    joined: namesOf('joined'),
    left: namesOf('left'),
    day: dayOf(first.atMs),
  };
}
