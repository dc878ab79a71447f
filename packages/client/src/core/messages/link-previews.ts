/** Previews of the links in messages. Outside of the classes, so that pages load it when they need it. */
import type { LinkPreviewPayload, MessageId, RoomId, ServerFrames } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

/** The page behind a link; `url` is the address as the message has it. */
export type LinkPreview = LinkPreviewPayload;

export interface LinkPreviewsPage {
  /** False: the server makes no previews. */
  readonly enabled: boolean;
  /** Of the messages that have any. The others have none yet: `link_preview` reports those that come. */
  readonly previews: ReadonlyMap<MessageId, readonly LinkPreview[]>;
  /** Of the last message of the page; undefined after the last message of the room. */
  readonly lastSequence: number | undefined;
}

/**
 * Loads the previews of a page of messages, after a sequence. The client reports the notice `link_preview`
 * when links of a message were fetched later.
 *
 * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN` for the room; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function loadLinkPreviews(
  { http }: { readonly http: Pick<Http, 'call'> },
  roomId: RoomId,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<LinkPreviewsPage> {
  const path = `/api/rooms/${encodeURIComponent(roomId)}/link-previews?after=${after}&limit=${limit}`;
  // The server documents the answer of this route.
  const { enabled, messages, lastSequence } = (await http.call(
    'GET',
    path,
  )) as ServerFrames['link_previews'];
  const previews = new Map(messages.map((each) => [each.messageId, each.previews]));
  return { enabled, previews, lastSequence };
}
