/**
 * The dialects `/ws/chat` (`channels.ts`) and `/messagepal` (`direct.ts`): frames `{ type, … }` without
 * an envelope, which differ in a few names. A room is a channel in the first and a conversation in the
 * second.
 */
import {
  type ChannelServerFrames,
  ChatError,
  type DirectServerFrames,
  type FlatErrorBody,
  type FlatFrameOf,
  isErrorCode,
  type LoggedEvent,
  type RoomId,
  type RoomSnapshot,
  sessionEndOf,
  type UserId,
} from '@parley/protocol';
import type { Codec } from '../connection/connection.ts';
import { detailsOf } from '../connection/http.ts';
import { isRecord, parseJson } from '../connection/json.ts';
import { PendingRequests } from '../connection/pending-requests.ts';
import type { Environment } from '../environment.ts';
import { type Message, type ReceivedMessage, toMessage } from '../messages/message.ts';
import type { ReadReceipt } from '../messages/readers.ts';
import { recipientOf } from '../outbox/recipient-key.ts';

/** The user, as far as the dialect's greeting names them. */
export interface FlatUser {
  readonly id: UserId;
  readonly username?: string;
  readonly role?: string;
}

/** Changes of existing messages. */
export type Change = LoggedEvent | ReadReceipt;

/**
 * State of the room at the join. `truncated`: no missed messages were sent, and the client's
 * window must be replaced.
 */
export type JoinState = Pick<
  RoomSnapshot,
  'headSequence' | 'firstSequence' | 'epoch' | 'truncated'
>;

export interface Page {
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** @typeParam W A message as the dialect sends it, and as its hook returns it. */
export interface FlatDialect<W extends object> {
  readonly path: string;
  /** Name of a room's id in its frames. */
  readonly roomField: 'channelId' | 'conversationId';
  /** Types of the client's frames. */
  readonly join: string;
  readonly leave: string;
  /** Undefined if pages are fetched over HTTP. */
  readonly fetchPage?: string;
  readonly toMessage: (wire: W) => Message;
  readonly toWire: (message: Message) => W;
  /** Key of the outbox for messages into the room of this message. */
  readonly outboxKeyOf: (message: Message, self: UserId | undefined) => RoomId;
}

/** A dialect whose messages are not seen in their own form. */
export type AnyFlatDialect = Omit<FlatDialect<never>, 'toWire'>;

interface FlatFrame {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A frame of the server, with its room under one name. */
export type ReceivedFrame = { readonly roomId: RoomId | undefined } & (
  | FlatFrameOf<ChannelServerFrames>
  | FlatFrameOf<DirectServerFrames>
);

export interface FlatFrames {
  readonly sent: FlatFrame;
  readonly received: ReceivedFrame;
  readonly greeting: FlatUser;
}

/** For the connection. The payload of a known type is trusted. */
export function flatCodec({ roomField }: AnyFlatDialect): Codec<FlatFrames> {
  return {
    decode: (text) => {
      const value = parseJson(text);
      if (!isRecord(value) || typeof value['type'] !== 'string') return undefined;
      return { ...value, roomId: value[roomField] } as ReceivedFrame;
    },
    greetingOf: (frame) => {
      if (frame.type !== 'connected') return undefined;
      const { username, role }: Partial<FlatUser> = frame;
      return { id: frame.userId, ...(username && { username }), ...(role && { role }) };
    },
    // The close reports the end of the session.
    sessionEndOf,
    probe: () => ({ type: 'ping' }),
  };
}

/** A room or a person, by the key of its outbox. */
export function targetOf({ roomField }: AnyFlatDialect, key: RoomId): object {
  const recipientId = recipientOf(key);
  return recipientId === undefined ? { [roomField]: key } : { recipientId };
}

/** The socket in the words of a dialect; answers are matched by what they are about. */
export class FlatLink {
  readonly dialect: AnyFlatDialect;
  readonly requests: PendingRequests;
  readonly #send: (frame: FlatFrame) => boolean;

  constructor(
    environment: Pick<Environment, 'setTimer'>,
    dialect: AnyFlatDialect,
    send: (frame: FlatFrame) => boolean,
  ) {
    this.dialect = dialect;
    this.requests = new PendingRequests(environment);
    this.#send = send;
  }

  /**
   * JSON leaves out what is undefined.
   *
   * @param key The room, or a person.
   */
  readonly send = (type: string, key: RoomId, fields: object = {}): boolean =>
    this.#send({ type, ...targetOf(this.dialect, key), ...fields });
}

export function errorOf(frame: FlatErrorBody): ChatError {
  const { code } = frame;
  return new ChatError(isErrorCode(code) ? code : 'INTERNAL_ERROR', detailsOf({ ...frame }));
}

/** Fields that messages of both dialects have, and the native dialect under other names. */
interface FlatMessage {
  readonly senderId: UserId;
  readonly senderName: string;
  readonly createdAt: string;
}

export function fromWire({
  senderId: userId,
  senderName: sender,
  createdAt: timestamp,
  ...same
}: FlatMessage & Omit<ReceivedMessage, 'userId' | 'sender' | 'timestamp'>): Message {
  return toMessage({ ...same, userId, sender, timestamp });
}

/** The fields that messages of both dialects share. */
export function toWire(message: Message) {
  const { id, userId: senderId, sender: senderName, content, sequence, clientMessageId } = message;
  return {
    id,
    senderId,
    senderName,
    content,
    sequence,
    createdAt: isoOf(message.sentAtMs),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(message.editedAtMs === undefined ? {} : { editedAt: isoOf(message.editedAtMs) }),
    ...(message.isDeleted === undefined ? {} : { deleted: message.isDeleted }),
  };
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
