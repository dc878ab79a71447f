/** Earlier texts of edited messages. Outside of the classes, so that pages load it when they need it. */
import type { ServerFrames } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import type { MessageTarget } from './message.ts';

/** A text that an edit has replaced. */
export interface MessageVersion {
  readonly content: string;
  /** When the message was sent or edited to this text. */
  readonly writtenAtMs: number;
}

/**
 * Loads the earlier texts of a message, the latest first: none if it was not edited, or is deleted.
 *
 * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN` for the room; `NOT_FOUND` for the message;
 * `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function loadEditHistory(
  { http }: { readonly http: Pick<Http, 'call'> },
  { roomId, messageId }: MessageTarget,
): Promise<readonly MessageVersion[]> {
  const [room, message] = [roomId, messageId].map(encodeURIComponent);
  const path = `/api/rooms/${room}/messages/${message}/history`;
  // The server documents the answer of this route.
  const { versions } = (await http.call('GET', path)) as Pick<
    ServerFrames['edit_history'],
    'versions'
  >;
  return versions.map(({ content, editedAt }) => ({ content, writtenAtMs: Date.parse(editedAt) }));
}
