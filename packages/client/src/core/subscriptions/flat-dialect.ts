/**
 * Interface of a dialect whose frames are `{ type, … }`: `/ws/chat` (`ws-chat-dialect.ts`) and
 * `/messagepal` (`message-pal-dialect.ts`). A room is a channel in the first and a conversation in the
 * second.
 */
import type {
  Attachment,
  ChatError,
  ClientMessageId,
  Epoch,
  MessageId,
  RoomId,
  RoomPerson,
  UserId,
} from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import type { OutboxEntry } from '../outbox/outbox-state.ts';

/** Fields that messages of both dialects share on the wire. */
export interface FlatMessage {
  readonly id: MessageId;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
  /** Only in dialects that have attachments. */
  readonly attachments?: readonly Attachment[];
  readonly editedAt?: string;
  /** If set, the content is empty and there are no attachments. */
  readonly deleted?: true;
}

/** The user, as far as the dialect's greeting names them. */
export interface FlatUser {
  readonly id: UserId;
  readonly username?: string;
  readonly role?: string;
}

/** Changes of existing messages. */
export type Change =
  | {
      readonly kind: 'edited';
      readonly messageId: MessageId;
      readonly content: string;
      readonly editedAt: string;
      readonly sequence: number;
    }
  | { readonly kind: 'deleted'; readonly messageId: MessageId; readonly sequence: number }
  /** Everything up to this message was read; not part of the log, so without a sequence. */
  | {
      readonly kind: 'read';
      readonly messageId: MessageId;
      readonly userId: UserId;
      readonly readAt?: string;
    };

/** State of the room at the join. */
export interface JoinState {
  readonly headSequence: number;
  /** The server deleted all events below it. */
  readonly firstSequence?: number;
  readonly epoch: Epoch;
  /** No missed messages were sent: the client's window must be replaced. */
  readonly truncated: boolean;
}

export interface Page<M> {
  /** Oldest first. */
  readonly messages: readonly M[];
  readonly hasMore: boolean;
}

/** Events of the server that both dialects share. */
export type FlatEvent<M> =
  | { readonly kind: 'greeting'; readonly user: FlatUser }
  | { readonly kind: 'joined'; readonly roomId: RoomId; readonly joinState: JoinState }
  | { readonly kind: 'message'; readonly roomId: RoomId; readonly message: M }
  | { readonly kind: 'change'; readonly roomId: RoomId; readonly change: Change }
  | { readonly kind: 'typing'; readonly typist: RoomPerson & { readonly isTyping: boolean } }
  | { readonly kind: 'presence'; readonly person: RoomPerson; readonly isOnline: boolean }
  | { readonly kind: 'page'; readonly roomId: RoomId; readonly page: Page<M> }
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
export interface JoinPosition {
  readonly lastSequence: number;
  readonly epoch?: Epoch;
  readonly lastId?: MessageId;
}

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

export interface FlatDialect<M extends FlatMessage> {
  readonly path: string;
  /** Undefined for a frame to ignore. */
  readonly decode: (text: string) => FlatEvent<M> | undefined;
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
        readonly fetch: (http: Http, request: PageRequest) => Promise<Page<M>>;
      }
    | { readonly way: 'socket'; readonly frame: (request: PageRequest) => FlatFrame };
  /** Whether messages are sent only while their room is joined. */
  readonly sendsIntoRooms: boolean;
  /** Key of the outbox for messages into the room of this message. */
  readonly outboxKeyOf: (message: M, self: UserId | undefined) => RoomId;
  /** Body of `POST /api/messages`, whose answer contains the message in the form of the dialect. */
  readonly post: (entry: OutboxEntry) => object;
  readonly roomIdOf: (message: M) => RoomId;
  /**
   * The message after this person has read up to it or beyond; the same object if nothing
   * changes.
   */
  readonly afterRead: (message: M, read: Extract<Change, { kind: 'read' }>) => M;
  /**
   * The first of two copies, read by everyone who has read either; the same object if
   * nothing changes.
   */
  readonly withReadsOf: (message: M, other: M) => M;
}
