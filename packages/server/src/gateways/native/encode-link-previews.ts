/** Encodes previews of links. */
import type { LinkPreviewPayload, MessageId, MessagePreviews, RoomId } from '@parley/protocol';
import type { ShownPreview } from '../../model/link-preview.ts';

export function toMessagePreviews(
  roomId: RoomId,
  {
    messageId,
    previews,
  }: { readonly messageId: MessageId; readonly previews: readonly ShownPreview[] },
): MessagePreviews {
  return { messageId, previews: previews.map((each) => toPreview({ roomId, messageId }, each)) };
}

function toPreview(
  { roomId, messageId }: { readonly roomId: RoomId; readonly messageId: MessageId },
  { url, title, description, siteName, picture }: ShownPreview,
): LinkPreviewPayload {
  const path = `/api/rooms/${encodeURIComponent(roomId)}/link-previews/${messageId}`;
  return {
    url,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(siteName !== undefined && { siteName }),
    ...(picture !== undefined && {
      pictureUrl: `${path}/${picture.fileId}`,
      pictureWidth: picture.width,
      pictureHeight: picture.height,
    }),
  };
}
