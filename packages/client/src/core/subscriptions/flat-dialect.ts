/**
 * What the core has to know of a dialect whose frames are `{ type, … }`: `/ws/chat`
 * (`channels.ts`), `/messagepal` (`direct.ts`). A room is what the first calls a
 * channel, the second a conversation.
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

/** What messages of both dialects have in common, as on the wire. */
export interface FlatMessage {
  readonly id: MessageId;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
  /** Of a dialect that has them. */
  readonly attachments?: readonly Attachment[];
  readonly editedAt?: string;
  /** Then the content is empty, and there are no attachments. */
  readonly deleted?: true;
}

/** Oneself, as far as the dialect's greeting says. */
export interface FlatUser {
  readonly id: UserId;
  readonly username?: string;
  readonly role?: string;
}

/** What happens to messages that are there already. */
export type Change =
  | {
      readonly kind: 'edited';
      readonly messageId: MessageId;
      readonly content: string;
      readonly editedAt: string;
      readonly sequence: number;
    }
  | { readonly kind: 'deleted'; readonly messageId: MessageId; readonly sequence: number }
  /** Everything up to this message; outside the log, so without a sequence. */
  | {
      readonly kind: 'read';
      readonly messageId: MessageId;
      readonly userId: UserId;
      readonly readAt?: string;
    };

/** Where a join found the room. */
export interface Place {
  readonly headSequence: number;
  readonly epoch: Epoch;
  /** Nothing of what was missed was sent: what is held is to be replaced. */
  readonly truncated: boolean;
}

export interface Page<M> {
  /** Oldest first. */
  readonly messages: readonly M[];
  readonly hasMore: boolean;
}

/** What the server says, in words that both dialects share. */
export type FlatEvent<M> =
  | { readonly kind: 'greeting'; readonly user: FlatUser }
  | { readonly kind: 'joined'; readonly roomId: RoomId; readonly place: Place }
  | { readonly kind: 'message'; readonly roomId: RoomId; readonly message: M }
  | { readonly kind: 'change'; readonly roomId: RoomId; readonly change: Change }
  | { readonly kind: 'typing'; readonly typist: RoomPerson & { readonly isTyping: boolean } }
  | { readonly kind: 'presence'; readonly person: RoomPerson; readonly isOnline: boolean }
  | { readonly kind: 'page'; readonly roomId: RoomId; readonly page: Page<M> }
  /** Access to the room has ended. */
  | { readonly kind: 'closed'; readonly roomId: RoomId; readonly error: ChatError }
  | { readonly kind: 'refused'; readonly error: ChatError; readonly subject: Subject }
  /** A sign of life, and nothing else. */
  | { readonly kind: 'other' };

/** Which of one's own frames an error is about. */
export interface Subject {
  readonly type: string | undefined;
  readonly roomId: RoomId | undefined;
  readonly clientMessageId: string | undefined;
}

/** Up to where one has a room. */
export interface JoinPosition {
  readonly lastSequence: number;
  readonly epoch?: Epoch;
  readonly lastId?: MessageId;
}

export interface PageRequest {
  readonly roomId: RoomId;
  /** A sequence; absent for the newest. */
  readonly before?: number;
  readonly limit: number;
}

export interface FlatFrame {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The word by which the core knows what one of its own frames was for. */
export type CommandKind = 'join' | 'send' | 'page';

export interface FlatDialect<M extends FlatMessage> {
  readonly path: string;
  /** Undefined for what is to be ignored. */
  readonly decode: (text: string) => FlatEvent<M> | undefined;
  /** The type of a frame that an answer or an error settles. */
  readonly commandOf: (type: string) => CommandKind | undefined;
  readonly join: (roomId: RoomId, position: JoinPosition | undefined) => FlatFrame;
  readonly leave: (roomId: RoomId) => FlatFrame;
  readonly send: (entry: OutboxEntry) => FlatFrame;
  /** The same key as an outbox entry's `roomId`. */
  readonly typing: (key: RoomId, isTyping: boolean) => FlatFrame;
  readonly markRead: (roomId: RoomId, messageId: MessageId) => FlatFrame;
  /** Takes a page over HTTP, or names the frame that asks for it. */
  readonly page:
    | {
        readonly way: 'http';
        readonly fetch: (http: Http, request: PageRequest) => Promise<Page<M>>;
      }
    | { readonly way: 'socket'; readonly frame: (request: PageRequest) => FlatFrame };
  /** Whether messages go out only while their room is joined. */
  readonly sendsIntoRooms: boolean;
  /** Under which key the outbox holds what goes into the room of this message. */
  readonly outboxKeyOf: (message: M, self: UserId | undefined) => RoomId;
  /** The body of `POST /api/messages`, which is answered by the message in the dialect's own words. */
  readonly post: (entry: OutboxEntry) => object;
  readonly roomIdOf: (message: M) => RoomId;
  /** The message after this person has read up to it or beyond; the same one where nothing changes. */
  readonly afterRead: (message: M, read: Extract<Change, { kind: 'read' }>) => M;
  /** The first of two copies, read by whoever has read either; the same one where nothing changes. */
  readonly withReadsOf: (message: M, other: M) => M;
}
