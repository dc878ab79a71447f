/** Events that a Socket.IO client may send: the payload of each. Unknown fields are ignored. */
import Type from 'typebox';
import { OptionalClientMessageId } from '../client-message-id.ts';
import { LIMITS } from '../limits.ts';
import { WirePosition as Bound, WireId as Id, WireSequence as Sequence } from '../wire-id.ts';

export const SOCKETIO_EVENTS = {
  'room:join': Type.Object({
    /** A room's id or name. */
    roomId: Type.String({ minLength: 1, maxLength: 200 }),
    lastSequence: Type.Optional(Sequence),
    epoch: Type.Optional(Id),
    lastId: Type.Optional(Id),
  }),
  /** If `membership` is true, also ends the membership. */
  'room:leave': Type.Object({ roomId: Id, membership: Type.Optional(Type.Boolean()) }),
  'room:list': Type.Object({
    after: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.roomsPageMax })),
  }),
  'message:send': Type.Object({
    roomId: Id,
    content: Type.String(),
    clientMessageId: OptionalClientMessageId,
  }),
  'message:history': Type.Object({
    roomId: Id,
    before: Type.Optional(Bound),
    after: Type.Optional(Bound),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.historyPageMax })),
  }),
  'message:read': Type.Object({ roomId: Id, messageId: Id }),
  'typing:start': Type.Object({ roomId: Id }),
  'typing:stop': Type.Object({ roomId: Id }),
  'presence:set': Type.Object({
    status: Type.Union([Type.Literal('online'), Type.Literal('away')]),
  }),
};

export type SocketIoEvents = {
  readonly [E in keyof typeof SOCKETIO_EVENTS]: Type.Static<(typeof SOCKETIO_EVENTS)[E]>;
};
