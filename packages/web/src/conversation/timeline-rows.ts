/**
 * The rows of a conversation: messages in groups, who came and went between them,
 * where a day begins, and at the end what is still being written. Pure.
 *
 * What a row looks like depends on the row before it and nothing else. So older
 * pages in front change no row that is already on the screen, and nothing moves.
 */
import type { Notice, RoomId, StreamingState, TimelineMessage } from '@parley/client';
import { startOfDay } from '../format-time.ts';

/** Messages of one person that follow each other within this time stand under one name. */
export const GROUP_MS = 5 * 60_000;

export type TimelineRow = MessageRow | NoticeRow | StreamingRow;

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: TimelineMessage;
  /** Name and avatar stand above it. */
  readonly startsGroup: boolean;
  /** The line above what was unread stands above it. */
  readonly isFirstUnread: boolean;
  /** The day that begins with this row, as its midnight. */
  readonly day: number | undefined;
}

export interface NoticeRow {
  readonly kind: 'notice';
  readonly key: string;
  readonly joined: readonly string[];
  readonly left: readonly string[];
  readonly day: number | undefined;
}

/** A message that is still being made. */
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
  /** Behind which sequence the line above what was unread stands. */
  readonly divider: number | undefined;
  /** Whether there is a page before the first message. */
  readonly hasOlder: boolean;
}

/**
 * While there are older pages the first message is left out: how it looks depends
 * on the one before it, which is not there yet.
 */
export function timelineRows(input: TimelineInput): TimelineRow[] {
  const { messages, notices, divider, hasOlder } = input;
  const rows: TimelineRow[] = [];
  let dayMs = 0;
  let before: TimelineMessage | undefined;
  let nextNotice = 0;

  const dayOf = (ms: number): number | undefined => {
    const day = startOfDay(ms);
    // What is on its way has this machine's time: a day never begins twice.
    if (day <= dayMs) return undefined;
    dayMs = day;
    return day;
  };
  /** The notices that stand before a message with this sequence, as one row. */
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

/** Behind everything else: what has no place yet. */
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

/** Everything up to the first message: it, and what stood before it, may still change. */
function dropUncertain(rows: TimelineRow[]): TimelineRow[] {
  return rows.slice(rows.findIndex(({ kind }) => kind === 'message') + 1);
}

/** The last message with a place in the log, of the rows up to this index; 0 where there is none. */
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

/** What is on its way stands behind everything that has a place in the log. */
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

/** One line for all who came and went in a row: of each person the last news counts. */
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
