/** Messages that are sent later. Outside of the classes, so that pages load it when they need it. */
import {
  type Attachment,
  type ErrorCode,
  fileIdOf,
  type MessageId,
  type RoomId,
  type ScheduledMessagePayload,
} from '@parley/protocol';
import type { Http } from '../connection/http.ts';

type WithHttp = { readonly http: Pick<Http, 'call'> };

export interface ScheduledMessage {
  readonly id: string;
  /** With its name as the user sees it; empty if the user cannot read it now. */
  readonly room: { readonly id: RoomId; readonly name: string };
  /** The message that it will reply to. */
  readonly parentId: MessageId | undefined;
  readonly alsoToRoom: boolean;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  readonly sendAtMs: number;
  /** Why it was not sent; it waits for a new time. */
  readonly failure: ErrorCode | undefined;
}

/**
 * Schedules a message. The client reports the notice `scheduled_changed` when it is sent or fails.
 *
 * @param message `clientMessageId`: with the same one again, it is the same message.
 * @throws {ChatError} `VALIDATION_ERROR`; `NOT_FOUND`, `FORBIDDEN` for the room; `NOT_FOUND` for files that no message can
 * have; `CONFLICT` if 100 are scheduled; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function scheduleMessage(
  { http }: WithHttp,
  message: {
    readonly roomId: RoomId;
    readonly content: string;
    readonly sendAtMs: number;
    readonly parentId?: MessageId | undefined;
    readonly alsoToRoom?: boolean | undefined;
    readonly attachments?: readonly Attachment[] | undefined;
    readonly clientMessageId?: string | undefined;
  },
): Promise<void> {
  const { sendAtMs, parentId: parentMessageId, ...rest } = message;
  await http.call('POST', '/api/scheduled', { ...rest, parentMessageId, sendAt: toTime(sendAtMs) });
}

/** The messages that wait, and those that could not be sent, the next one first. @throws {ChatError} `UNAVAILABLE`. */
export async function listScheduled({ http }: WithHttp): Promise<readonly ScheduledMessage[]> {
  // The server documents the answer of this route.
  const { scheduled } = (await http.call('GET', '/api/scheduled')) as {
    readonly scheduled: readonly ScheduledMessagePayload[];
  };
  return scheduled.map(({ scheduledId, parentMessageId, sendAt, ...each }) => ({
    ...{ id: scheduledId, room: each.room, content: each.content, failure: each.failure },
    ...{ parentId: parentMessageId, alsoToRoom: each.alsoToRoom === true },
    ...{ attachments: each.attachments ?? [], sendAtMs: Date.parse(sendAt) },
  }));
}

/**
 * Changes the text, the attachments or the time; a time that has passed sends it now.
 *
 * @throws {ChatError} `VALIDATION_ERROR`; `NOT_FOUND` if it was sent or cancelled; `CONFLICT` while it is being sent;
 * `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function changeScheduled(
  { http }: WithHttp,
  id: string,
  change: {
    readonly content?: string | undefined;
    /** In place of all. Files that it has already are given again. */
    readonly attachments?: readonly Attachment[] | undefined;
    readonly sendAtMs?: number | undefined;
  },
): Promise<void> {
  const { content, sendAtMs } = change;
  const attachments = change.attachments?.map(withoutDescription);
  const sendAt = sendAtMs === undefined ? undefined : toTime(sendAtMs);
  await http.call('PATCH', pathOf(id), { content, attachments, sendAt });
}

/** @throws {ChatError} `CONFLICT` while it is being sent; `RATE_LIMITED`, `UNAVAILABLE`. */
export async function cancelScheduled({ http }: WithHttp, id: string): Promise<void> {
  await http.call('DELETE', pathOf(id));
}

/** The server describes its files; there may be no space in a request for all descriptions. */
function withoutDescription(attachment: Attachment): Attachment {
  const fileId = fileIdOf(attachment);
  if (fileId === undefined || typeof attachment === 'string') return attachment;
  const { alt } = attachment;
  return { fileId, ...(alt !== undefined && { alt }) };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

function pathOf(id: string): string {
  return `/api/scheduled/${encodeURIComponent(id)}`;
}
