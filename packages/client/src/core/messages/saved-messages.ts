/** Messages that the user saves for later. Outside of the classes, so that pages load it when they need it. */
import type { MessageId, RoomId, SavedMessagePayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import { type Message, toMessage } from './message.ts';

type WithHttp = { readonly http: Pick<Http, 'call'> };

export interface SavedMessage {
  readonly message: Message;
  /** With its name as the user sees it. */
  readonly room: { readonly id: RoomId; readonly name: string };
  readonly savedAtMs: number;
  /** Undefined without a reminder, and after it. */
  readonly remindAtMs: number | undefined;
  /** Of the reminder that came, until the message is saved again. */
  readonly remindedAtMs: number | undefined;
}

export interface SavedMessagesPage {
  /** The one that was saved last first. A page may have none, and continue. */
  readonly saved: readonly SavedMessage[];
  /** Continues the list; absent at its end. */
  readonly next?: string;
}

/**
 * Saves a message, or replaces its reminder.
 *
 * @throws {ChatError} `NOT_FOUND`; `VALIDATION_ERROR` for the time; `CONFLICT` if 1000 are saved;
 * `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function saveMessage(
  { http }: WithHttp,
  messageId: MessageId,
  remindAtMs?: number,
): Promise<void> {
  const body = remindAtMs === undefined ? {} : { remindAt: new Date(remindAtMs).toISOString() };
  await http.call('PUT', pathOf(messageId), body);
}

/** @throws {ChatError} `RATE_LIMITED`, `UNAVAILABLE`. */
export async function unsaveMessage({ http }: WithHttp, messageId: MessageId): Promise<void> {
  await http.call('DELETE', pathOf(messageId));
}

/**
 * A page of the saved messages that the user may still read.
 *
 * @param page `reminded`: only those with a reminder that came. `after`: from the page before.
 * @throws {ChatError} `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function listSavedMessages(
  { http }: WithHttp,
  page: { readonly reminded?: boolean; readonly after?: string | undefined } = {},
): Promise<SavedMessagesPage> {
  const query = Object.entries(page)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  // The server documents the answer of this route.
  const answer = (await http.call('GET', `/api/saved?${query.join('&')}`)) as {
    readonly saved: readonly SavedMessagePayload[];
    readonly next?: string;
  };
  const { saved, ...end } = answer;
  return { saved: saved.map(toSaved), ...end };
}

function toSaved({ message, room, ...times }: SavedMessagePayload): SavedMessage {
  const { savedAt, remindAt, remindedAt } = times;
  return {
    message: toMessage(message),
    room,
    savedAtMs: Date.parse(savedAt),
    remindAtMs: remindAt === undefined ? undefined : Date.parse(remindAt),
    remindedAtMs: remindedAt === undefined ? undefined : Date.parse(remindedAt),
  };
}

function pathOf(messageId: MessageId): string {
  return `/api/saved/${encodeURIComponent(messageId)}`;
}
