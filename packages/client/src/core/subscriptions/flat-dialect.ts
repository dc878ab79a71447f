/**
 * Interface of a dialect whose frames are `{ type, … }`: `/ws/chat` (`ws-chat-dialect.ts`) and
 * `/messagepal` (`message-pal-dialect.ts`). A room is a channel in the first and a conversation in the
 * second.
 */
import {
  type ChatError,
  type LoggedEvent,
  type MessageId,
  type PresenceStatus,
  type RoomId,
  type RoomPerson,
  type RoomSnapshot,
  sessionEndOf,
  type UserId,
} from '@parley/protocol';
import type { Codec } from '../connection/connection.ts';
import type { Http } from '../connection/http.ts';
import type { Message } from '../messages/message.ts';
import type { ReadReceipt } from '../messages/readers.ts';
import type { OutboxEntry } from '../outbox/outbox-state.ts';
import type { ResumePosition } from '../rooms/room-log.ts';

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

/** Events of the server that both dialects share. */
export type FlatEvent =
  | { readonly kind: 'greeting'; readonly user: FlatUser }
  | { readonly kind: 'joined'; readonly roomId: RoomId; readonly joinState: JoinState }
  | { readonly kind: 'message'; readonly roomId: RoomId; readonly message: Message }
  | { readonly kind: 'change'; readonly roomId: RoomId; readonly change: Change }
  | { readonly kind: 'typing'; readonly typist: RoomPerson & { readonly isTyping: boolean } }
  /** In one room, or wherever the user is. */
  | {
      readonly kind: 'presence';
      readonly person: Pick<RoomPerson, 'userId'> & Partial<RoomPerson>;
      readonly status: PresenceStatus;
    }
  | { readonly kind: 'page'; readonly roomId: RoomId; readonly page: Page }
  /** Access to the room has ended. */
  | { readonly kind: 'closed'; readonly roomId: RoomId; readonly error: ChatError }
  | { readonly kind: 'refused'; readonly error: ChatError; readonly subject: Subject }
  /** A sign of life without content. */
  | { readonly kind: 'other' };

/** The client frame that an error refers to. */
export interface Subject {
  readonly type: string | undefined;
  readonly roomId: RoomId | undefined;
  readonly clientMessageId: string | undefined;
}

/** Position up to which the client has a room. */
export type JoinPosition = Omit<ResumePosition, 'epoch'> & Partial<ResumePosition>;

export interface PageRequest {
  readonly roomId: RoomId;
  /** A sequence; undefined for the newest page. */
  readonly before?: number;
  readonly limit: number;
}

export interface FlatFrame {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Name of one of the client's own frames in the core. */
export type CommandKind = 'join' | 'send' | 'page';

/**
 * Key of a request: these dialects have no frame ids, so an answer or error is matched by the
 * kind of command and the name in it.
 */
export function requestKey(kind: CommandKind, name: string): string {
  return `${kind} ${name}`;
}

export type SendFrame = (frame: FlatFrame) => boolean;

/** @typeParam W A message as the dialect sends it, and as its hook returns it. */
export interface FlatDialect<W extends object> {
  readonly path: string;
  /** Undefined for a frame to ignore. */
  readonly decode: (text: string) => FlatEvent | undefined;
  readonly toMessage: (wire: W) => Message;
  readonly toWire: (message: Message) => W;
  /** Type of the frame that an answer or error settles. */
  readonly commandOf: (type: string) => CommandKind | undefined;
  readonly join: (roomId: RoomId, position: JoinPosition | undefined) => FlatFrame;
  readonly leave: (roomId: RoomId) => FlatFrame;
  readonly send: (entry: OutboxEntry) => FlatFrame;
  /** The same key as `roomId` of an outbox entry. */
  readonly typing: (key: RoomId, isTyping: boolean) => FlatFrame;
  readonly markRead: (roomId: RoomId, messageId: MessageId) => FlatFrame;
  /** Fetches a page over HTTP, or builds the frame that requests it. */
  readonly page:
    | {
        readonly way: 'http';
        readonly fetch: (http: Http, request: PageRequest) => Promise<Page>;
      }
    | { readonly way: 'socket'; readonly frame: (request: PageRequest) => FlatFrame };
  /** Key of the outbox for messages into the room of this message. */
  readonly outboxKeyOf: (message: Message, self: UserId | undefined) => RoomId;
  /** Body of `POST /api/messages`, whose answer contains the message in the form of the dialect. */
  readonly post: (entry: OutboxEntry) => object;
}

/** A dialect whose messages are not seen in their own form. */
export type AnyFlatDialect = Omit<FlatDialect<never>, 'toWire'>;

export interface FlatFrames {
  readonly sent: FlatFrame;
  readonly received: FlatEvent;
  readonly greeting: FlatUser;
}

/** Codec of a dialect without an envelope, for the connection. */
export function flatCodec({ decode }: AnyFlatDialect): Codec<FlatFrames> {
  return {
    decode,
    greetingOf: (event) => (event.kind === 'greeting' ? event.user : undefined),
    // The close reports the end of the session.
    sessionEndOf,
    probe: () => ({ type: 'ping' }),
  };
}
