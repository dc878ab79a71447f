/** The parts of which the input of a command is built: TypeBox, and the fields that several have. */
import Type from 'typebox';
import { OptionalAttachments } from '../attachments.ts';
import { OptionalClientMessageId } from '../client-message-id.ts';
import { DeclineAll } from '../decline-all.ts';
import { LIMITS } from '../limits.ts';
import { NotificationLevel } from '../notification-level.ts';
import { WireId, WirePosition, WireSequence } from '../wire-id.ts';

const page = {
  before: Type.Optional(WirePosition),
  after: Type.Optional(WirePosition),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.historyPageMax })),
};

const Posting = Type.Union([Type.Literal('members'), Type.Literal('moderators')]);

export const INPUT_TYPES = {
  Object: Type.Object,
  Array: Type.Array,
  Union: Type.Union,
  Literal: Type.Literal,
  Optional: Type.Optional,
  Boolean: Type.Boolean,
  Integer: Type.Integer,
  /** Without a maximum: the domain reports the exact limit. */
  String: Type.String,
  Unknown: Type.Unknown,
  Id: WireId,
  Sequence: WireSequence,
  Position: WirePosition,
  NotificationLevel,
  /** Permissions of all members of a room, or only of moderators. */
  permissions: {
    posting: Type.Optional(Posting),
    inviting: Type.Optional(Posting),
    pinning: Type.Optional(Posting),
    mentioningAll: Type.Optional(Posting),
  },
  /** 0 is off. The domain rejects waits that are too short. */
  SlowMode: Type.Integer({ minimum: 0, maximum: LIMITS.slowModeSecondsMax }),
  Visibility: Type.Union([Type.Literal('public'), Type.Literal('private')]),
  DeclineAll,
  OptionalAttachments,
  OptionalClientMessageId,
  /** Fields of every change of a message. */
  target: { roomId: WireId, messageId: WireId, clientMessageId: OptionalClientMessageId },
  page,
  /** Where a client's copy of a room ends. */
  position: {
    /** The highest sequence that the client has of this room. */
    lastSequence: Type.Optional(WireSequence),
    /** The epoch of that sequence. */
    epoch: Type.Optional(WireId),
    /** The id of the message at `lastSequence`, if that event is a message. */
    lastId: Type.Optional(WireId),
  },
};

export type InputTypes = typeof INPUT_TYPES;
