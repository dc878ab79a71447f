/**
 * Frames that a client may send in the native dialect: the payload of each.
 *
 * The schemas define the structure of a frame. The domain checks the values (whether a text is too
 * long after trimming, whether a room exists). A room may be given by its id or its name. Unknown
 * fields are ignored, so that newer clients work with older servers, except other names of known ones
 * (`misnamed.ts`).
 */
import Type from 'typebox';
import { OptionalAttachments } from '../attachments.ts';
import { OptionalClientMessageId } from '../client-message-id.ts';
import { DeclineAll } from '../decline-all.ts';
import { LIMITS } from '../limits.ts';
import { NotificationLevel } from '../notification-level.ts';
import { WirePosition as Bound, WireId as Id, WireSequence as Sequence } from '../wire-id.ts';

/** No maximum here: the domain reports the exact limit. */
const Content = Type.String();

/** Fields of every change of a message. */
const Target = { roomId: Id, messageId: Id, clientMessageId: OptionalClientMessageId };
const Page = {
  before: Type.Optional(Bound),
  after: Type.Optional(Bound),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.historyPageMax })),
};

const Position = {
  /** The highest sequence that the client has of this room. */
  lastSequence: Type.Optional(Sequence),
  /** The epoch of that sequence. */
  epoch: Type.Optional(Id),
  /** The id of the message at `lastSequence`, if that event is a message. */
  lastId: Type.Optional(Id),
};

/** Characters of the position of a search in the activity: a position in each of 200 rooms. */
const ACTIVITY_POSITION_LENGTH_MAX = 16_000;

export const CLIENT_FRAMES = {
  chat_message: Type.Object({
    roomId: Type.Optional(Id),
    content: Content,
    clientMessageId: OptionalClientMessageId,
    parentMessageId: Type.Optional(Id),
    attachments: OptionalAttachments,
  }),
  edit_message: Type.Object({ ...Target, content: Content }),
  delete_message: Type.Object(Target),
  add_reaction: Type.Object({ ...Target, emoji: Type.String() }),
  remove_reaction: Type.Object({ ...Target, emoji: Type.String() }),
  pin_message: Type.Object(Target),
  unpin_message: Type.Object(Target),
  join_room: Type.Object({
    roomName: Type.Optional(Type.String()),
    roomId: Type.Optional(Id),
    /** If false, a room that does not exist is answered with `NOT_FOUND` instead of being created. */
    create: Type.Optional(Type.Boolean()),
    ...Position,
  }),
  /** If `membership` is true, also ends the membership; otherwise only closes the room here. */
  leave_room: Type.Object({ roomId: Id, membership: Type.Optional(Type.Boolean()) }),
  get_rooms: Type.Object({
    /** If true, lists the rooms that the user is a member of, as `connection_established` does. */
    own: Type.Optional(Type.Boolean()),
    after: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.roomsPageMax })),
  }),
  get_members: Type.Object({
    roomId: Id,
    after: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.membersPageMax })),
  }),
  get_history: Type.Object({
    roomId: Id,
    ...Page,
    /** Instead of `before` and `after`. */
    around: Type.Optional(Bound),
    /** A date or time in ISO 8601; instead of `around`. */
    aroundTime: Type.Optional(Id),
  }),
  get_thread: Type.Object({ roomId: Id, messageId: Id, ...Page }),
  get_pins: Type.Object({ roomId: Id, before: Page.before, limit: Page.limit }),
  get_activity: Type.Object({
    /** From the answer before; continues the search. */
    next: Type.Optional(Type.String({ maxLength: ACTIVITY_POSITION_LENGTH_MAX })),
  }),
  resume: Type.Object({
    rooms: Type.Array(Type.Object({ roomId: Id, ...Position }), {
      maxItems: LIMITS.openRoomsMax,
    }),
  }),
  user_typing: Type.Object({ roomId: Type.Optional(Id), isTyping: Type.Boolean() }),
  mark_read: Type.Object({ roomId: Id, sequence: Sequence }),
  mark_unread: Type.Object({ roomId: Id }),
  set_notification_level: Type.Object({ roomId: Id, level: NotificationLevel }),
  /** An empty text removes the topic. */
  set_topic: Type.Object({ roomId: Id, topic: Type.String() }),
  direct_message: Type.Object({
    recipientId: Type.Optional(Id),
    recipient: Type.Optional(Type.String()),
    content: Content,
    clientMessageId: OptionalClientMessageId,
  }),
  create_group: Type.Object({
    userIds: Type.Array(Id, { maxItems: LIMITS.groupMembersMax }),
    name: Type.Optional(Type.String()),
  }),
  decline_invitations: DeclineAll,
  set_presence: Type.Object({
    status: Type.Union([Type.Literal('online'), Type.Literal('away'), Type.Literal('busy')]),
    statusText: Type.Optional(Type.String()),
    until: Type.Optional(Type.String()),
  }),
  /** Whether the user is active at this client. */
  report_activity: Type.Object({ idle: Type.Boolean() }),
  /** An empty text restores the username. */
  set_display_name: Type.Object({ displayName: Type.String() }),
  heartbeat: Type.Object({ sequence: Type.Integer() }),
  ping: Type.Unknown(),
};

export type ClientFrameType = keyof typeof CLIENT_FRAMES;
export type ClientPayload<T extends ClientFrameType> = Type.Static<(typeof CLIENT_FRAMES)[T]>;

/** A decoded frame: its type determines its payload. */
export type ClientFrame = {
  readonly [T in ClientFrameType]: {
    readonly type: T;
    readonly payload: ClientPayload<T>;
    readonly id?: string;
  };
}[ClientFrameType];
