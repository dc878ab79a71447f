/** Frames that a client may send at `/messagepal`: their fields apart from `type`. Unknown fields are ignored. */
import Type from 'typebox';
import { OptionalClientMessageId } from '../client-message-id.ts';
import { LIMITS } from '../limits.ts';
import { WirePosition as Bound, WireId as Id, WireSequence as Sequence } from '../wire-id.ts';

export const DIRECT_FRAMES = {
  send_message: Type.Object({
    recipientId: Id,
    content: Type.String(),
    clientMessageId: OptionalClientMessageId,
  }),
  typing: Type.Object({ recipientId: Id, isTyping: Type.Optional(Type.Boolean()) }),
  mark_read: Type.Object({ messageId: Id, conversationId: Type.Optional(Id) }),
  fetch_history: Type.Object({
    conversationId: Id,
    before: Type.Optional(Bound),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.historyPageMax })),
  }),
  subscribe: Type.Object({
    conversationId: Id,
    lastSequence: Type.Optional(Sequence),
    epoch: Type.Optional(Id),
    lastId: Type.Optional(Id),
  }),
  unsubscribe: Type.Object({ conversationId: Id }),
};

export type DirectFrames = {
  readonly [F in keyof typeof DIRECT_FRAMES]: Type.Static<(typeof DIRECT_FRAMES)[F]>;
};
