/**
 * The definition of a dialect over WebSockets: its frames and its commands. The native dialect and
 * the two without an envelope share `WebSocketConnection` and `WebSocketGateway`.
 */
import { ChatError, type SessionEndReason } from '@parley/protocol';
import { checkJsonComplexity } from '@parley/protocol/validators';
import type { Chat } from '../../domain/chat.ts';
import type { Welcome } from '../../domain/connections/connections.ts';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import type { EventEncoder } from '../../ports/client-transport.ts';
import type { DialectName } from '../../ports/command-metrics.ts';
import type { AnswerCommand, BeginCommand } from './command-queue.ts';

/** A frame of a client, or what can be read of it. */
export interface ReceivedFrame {
  /** Null if it could not be read. */
  readonly type: string | null;
  /** Set when its command begins. */
  beganAtMs?: number;
  /** Whether its command is answered later than it returns: `CommandQueue.defer`. */
  isDeferred?: boolean;
}

export interface Decoded<Frame extends ReceivedFrame> {
  readonly frame: Frame;
  /** The reason why the frame is not a command; undefined if it is one. */
  readonly error: ChatError | undefined;
}

/** Sender of a command, and the function that answers it later. */
export interface ConnectionContext {
  readonly chat: Chat;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Begins a command that is answered when it has its position in the log: `CommandQueue.defer`. */
  defer(begin: BeginCommand, answer: AnswerCommand): void | Promise<void>;
}

/** A client's connection, as its codec uses it. */
export interface CodecClient<Frame extends ReceivedFrame> {
  readonly chat: Chat;
  readonly chatConnection: ChatConnection;
  readonly contentLengthMax: number;
  /** Encodes a frame and sends it; an error closes the connection. */
  sendText(encode: () => string): void;
  /** Begins the command of a frame: `CommandQueue.defer`. */
  defer(frame: Frame, begin: BeginCommand, answer: AnswerCommand): void | Promise<void>;
}

export interface Codec<Frame extends ReceivedFrame> {
  readonly name: DialectName;
  /** Encodes events; each is encoded once for all connections. */
  readonly events: EventEncoder;
  /**
   * The way to reject clients without a session: over HTTP, or by a close code after the upgrade,
   * because scripts in a browser cannot read the HTTP status.
   */
  readonly unauthenticated: 'http-status' | 'close-code';
  /** Whether a WebSocket may carry several connections, each in a stream. Default `false`. */
  readonly hasStreams?: boolean;
  /** Never throws. */
  decode(data: Buffer): Decoded<Frame>;
  /** Whether the frame does not count as activity, and therefore does not extend the session. */
  isKeepalive(frame: Frame): boolean;
  /**
   * If it returns a promise, the next command of the connection starts when that resolves.
   *
   * @throws {ChatError} UNKNOWN_TYPE, VALIDATION_ERROR, and what the command throws.
   */
  run(client: CodecClient<Frame>, frame: Frame): void | Promise<void>;
  /** The first frame of a connection. */
  encodeGreeting(connection: ChatConnection, welcome: Welcome, contentLengthMax: number): string;
  /** @param frame The frame that failed; undefined if there is none. */
  encodeError(error: ChatError, frame: Frame | undefined): string;
  /** Announces that the server closes the connection; undefined if there is no such frame. */
  encodeDraining?(retryAfterMs: number): string;
  /** The last frame of a connection whose session has ended; undefined if there is none. */
  encodeSessionEnd?(cause: SessionEndReason): string;
}

/** Takes the place of an event in a dialect that cannot tell clients to fetch a room again. */
export const TOO_FAR_BEHIND = Object.freeze({ kind: 'too-far-behind' });

/**
 * Parses the JSON of a frame at a bounded cost.
 *
 * @throws {ChatError} VALIDATION_ERROR for more values than any command has; INVALID_JSON.
 */
export function parseFrame(data: Buffer): unknown {
  const text = data.toString('utf8');
  checkJsonComplexity(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new ChatError('INVALID_JSON');
  }
}
