/** Frames that a client may send at `/ws/chat`: their fields apart from `type`. Unknown fields are ignored. */
import Type from 'typebox';
import { OptionalAttachments } from '../attachments.ts';
import { OptionalClientMessageId } from '../client-message-id.ts';
import { WireId as Id, WireSequence as Sequence } from '../wire-id.ts';

export const CHANNEL_FRAMES = {
  join_channel: Type.Object({
    channelId: Id,
    lastSequence: Type.Optional(Sequence),
    epoch: Type.Optional(Id),
    lastId: Type.Optional(Id),
  }),
  /** If `membership` is true, also ends the membership. */
  leave_channel: Type.Object({ channelId: Id, membership: Type.Optional(Type.Boolean()) }),
  send_message: Type.Object({
    channelId: Id,
    content: Type.String(),
    clientMessageId: OptionalClientMessageId,
    replyTo: Type.Optional(Id),
    attachments: OptionalAttachments,
  }),
  typing: Type.Object({ channelId: Id, isTyping: Type.Optional(Type.Boolean()) }),
  mark_read: Type.Object({ channelId: Id, messageId: Id }),
};

export type ChannelFrames = {
  readonly [F in keyof typeof CHANNEL_FRAMES]: Type.Static<(typeof CHANNEL_FRAMES)[F]>;
};
