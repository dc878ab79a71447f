/** One WebSocket of the native dialect: decodes frames, runs commands, sends frames. */
import {
  ChatError,
  type ClientFrame,
  SESSION_EXPIRED_CLOSE_CODE,
  type ServerFrames,
  type ServerFrameType,
} from '@parley/protocol';
import { type Decoded, decodeClientFrame } from '@parley/protocol/validators';
import type { Connection, PreparedFrame } from '@parley/websocket';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/connection.ts';
import { toChatError } from '../../domain/errors.ts';
import type { Identity } from '../../model/identity.ts';
import type {
  ClientTransport,
  EncodedFrame,
  EndReason,
  EventEncoder,
} from '../../ports/client-transport.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { BackpressuredCommandQueue } from '../common/backpressured-command-queue.ts';
import {
  INTERNAL_ERROR_CLOSE_CODE,
  LEAVE_CODES,
  TRY_LATER_CLOSE_CODE,
} from '../common/close-codes.ts';
import { ConnectionLogger, type LoggedClient } from '../common/connection-logger.ts';
import { toErrorBody } from '../common/error-body.ts';
import { NOT_ENCODED } from '../common/error-containment.ts';
import { parseFrame } from '../common/parse-frame.ts';
import type { CommandContext } from './command-context.ts';
import { runCommand } from './commands.ts';
import { encodeFrame, toOwnRoomEntry } from './encode.ts';

export interface NativeSettings {
  readonly contentLengthMax: number;
  /** Unsent bytes above which a connection is not read and no command starts. */
  readonly hardBufferBytes: number;
}

export interface NativeParts {
  readonly chat: Chat;
  readonly dialect: EventEncoder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: NativeSettings;
}

/** Frames that do not count as activity, and therefore do not extend the session. */
const KEEPALIVE_TYPES: ReadonlySet<string> = new Set(['heartbeat', 'ping']);

export class NativeConnection implements ClientTransport {
  readonly dialect: EventEncoder;
  readonly #socket: Connection;
  readonly #parts: NativeParts;
  readonly #chatConnection: ChatConnection;
  readonly #logger: ConnectionLogger;
  readonly #commands: BackpressuredCommandQueue;
  #isEnded = false;
  #hasFailed = false;

  constructor(socket: Connection, identity: Identity, client: LoggedClient, parts: NativeParts) {
    this.dialect = parts.dialect;
    this.#socket = socket;
    this.#parts = parts;
    const { hardBufferBytes } = parts.settings;
    this.#commands = new BackpressuredCommandQueue(socket, hardBufferBytes, (error) =>
      this.#fail(error),
    );
    this.#chatConnection = parts.chat.connect(identity, this);
    this.#logger = new ConnectionLogger(this.#chatConnection, client, parts);
    this.#listen();
    this.#contain(() => this.#logger.opened(client));
    this.#commands.take(() => this.#welcome());
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  push(frame: EncodedFrame): void {
    if (frame === NOT_ENCODED) {
      this.#crash();
      return;
    }
    try {
      // The `encode` of this dialect created the frame.
      this.#socket.sendFrame(frame as PreparedFrame);
      this.#commands.regulate();
    } catch (error) {
      this.#fail(error);
    }
  }

  end(reason: EndReason): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#commands.close();
    switch (reason) {
      case 'session-ended':
        this.#send('session_expired', {});
        this.#socket.close(SESSION_EXPIRED_CLOSE_CODE, 'Session expired');
        return;
      default:
        reason satisfies never;
    }
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('message', (data: Buffer) => {
      if (!this.#isEnded) this.#receive(data);
    });
    socket.on('drain', () => {
      this.#parts.chat.drained(this.#chatConnection);
      this.#commands.regulate();
    });
    socket.on('dead', () => this.#logger.dead());
    socket.on('error', ({ code }) => this.#logger.failed(code));
    socket.on('close', ({ code, reason }) => this.#onClose(code, reason));
  }

  async #welcome(): Promise<void> {
    try {
      const { chat, clock } = this.#parts;
      const { id, username } = this.#chatConnection.user;
      await chat.welcome(this.#chatConnection, (rooms) => {
        this.#send('connection_established', {
          connectionId: this.#chatConnection.id,
          user: { id, username },
          serverTime: new Date(clock.nowMs()).toISOString(),
          rooms: rooms.map(toOwnRoomEntry),
        });
      });
    } catch (error) {
      // Without its rooms, a client can do nothing. It reconnects when the store is available.
      this.#reject(error, null);
      this.#socket.close(TRY_LATER_CLOSE_CODE, 'Try again later');
    }
  }

  /** Decodes a frame at once, so that waiting commands hold no read buffer; runs the command in its turn. */
  #receive(data: Buffer): void {
    const decoded = decode(data);
    if (decoded instanceof ChatError) {
      this.#commands.take(() => this.#reject(decoded, null), data.byteLength);
      return;
    }
    if (decoded.kind === 'frame') {
      this.#commands.take(() => this.#run(decoded.frame), data.byteLength);
      return;
    }
    const { code, message, field, originalType, replyTo } = decoded;
    const details = field === undefined ? { message } : { message, field };
    const error = new ChatError(code, details);
    this.#commands.take(() => this.#reject(error, originalType, replyTo), data.byteLength);
  }

  #run(frame: ClientFrame): void | Promise<void> {
    if (!KEEPALIVE_TYPES.has(frame.type) && !this.#parts.chat.noteCommand(this.#chatConnection)) {
      this.end('session-ended');
      return;
    }
    const context = this.#contextOf(frame.type, frame.id);
    try {
      return runCommand(context, frame)?.catch((error: unknown) => context.reject(error));
    } catch (error) {
      context.reject(error);
    }
  }

  #contextOf(originalType: string, replyTo: string | undefined): CommandContext {
    return {
      chat: this.#parts.chat,
      connection: this.#chatConnection,
      contentLengthMax: this.#parts.settings.contentLengthMax,
      reply: (type, payload) => this.#send(type, payload, replyTo),
      reject: (error) => this.#reject(error, originalType, replyTo),
      fail: (error) => this.#fail(error),
      trackPending: () => this.#commands.trackPending(),
    };
  }

  #send<T extends ServerFrameType>(type: T, payload: ServerFrames[T], replyTo?: string): void {
    this.#contain(() => {
      const nowMs = this.#parts.clock.nowMs();
      this.#socket.sendText(encodeFrame(type, payload, { nowMs, replyTo }));
      this.#commands.regulate();
    });
  }

  #reject(thrown: unknown, originalType: string | null, replyTo?: string): void {
    this.#contain(() => {
      const error = toChatError(thrown);
      this.#logger.rejected(error, originalType);
      this.#send('error', { ...toErrorBody(error), originalType }, replyTo);
      if (error.code === 'INTERNAL_ERROR') this.#fail(error.cause);
    });
  }

  #contain(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Logs a bug in the server and closes only this connection. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#logger.crashed(error);
    this.#crash();
  }

  #crash(): void {
    this.#hasFailed = true;
    this.#isEnded = true;
    this.#commands.close();
    this.#socket.close(INTERNAL_ERROR_CLOSE_CODE, 'Something went wrong');
  }

  #onClose(code: number, reason: string): void {
    const onPurpose = !this.#hasFailed && (this.#isEnded || LEAVE_CODES.has(code));
    this.#isEnded = true;
    this.#commands.close();
    this.#parts.chat.disconnect(this.#chatConnection, { onPurpose });
    this.#logger.closed({ code, reason });
  }
}

function decode(data: Buffer): Decoded | ChatError {
  try {
    return decodeClientFrame(parseFrame(data));
  } catch (error) {
    return toChatError(error);
  }
}
