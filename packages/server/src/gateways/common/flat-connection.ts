/** One WebSocket of a dialect with flat frames: decodes frames, runs commands, sends frames. */
import { ChatError, SESSION_EXPIRED_CLOSE_CODE } from '@parley/protocol';
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
import { BackpressuredCommandQueue } from './backpressured-command-queue.ts';
import { INTERNAL_ERROR_CLOSE_CODE, LEAVE_CODES, TRY_LATER_CLOSE_CODE } from './close-codes.ts';
import { ConnectionLogger, type LoggedClient } from './connection-logger.ts';
import { toErrorBody } from './error-body.ts';
import { NOT_ENCODED } from './error-containment.ts';
import { errorContextOf } from './error-context.ts';
import {
  type FlatCommandContext,
  type FlatDialect,
  type FlatFrame,
  type FlatLimits,
  TOO_FAR_BEHIND,
} from './flat-dialect.ts';
import { parseFrame } from './parse-frame.ts';

export interface FlatSettings {
  readonly contentLengthMax: number;
  /** Unsent bytes above which a connection is not read and no command starts. */
  readonly hardBufferBytes: number;
  readonly limits: FlatLimits;
}

export interface FlatParts {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: FlatSettings;
  readonly flatDialect: FlatDialect;
  readonly dialect: EventEncoder;
}

export class FlatConnection implements ClientTransport {
  readonly dialect: EventEncoder;
  readonly #socket: Connection;
  readonly #parts: FlatParts;
  readonly #chatConnection: ChatConnection;
  readonly #logger: ConnectionLogger;
  readonly #commands: BackpressuredCommandQueue;
  #isEnded = false;
  #hasFailed = false;

  constructor(socket: Connection, identity: Identity, client: LoggedClient, parts: FlatParts) {
    this.dialect = parts.dialect;
    this.#socket = socket;
    this.#parts = parts;
    const { hardBufferBytes } = parts.settings;
    this.#commands = new BackpressuredCommandQueue(socket, hardBufferBytes, (error) =>
      this.#fail(error),
    );
    this.#chatConnection = parts.chat.connect(identity, this, parts.settings.limits);
    this.#logger = new ConnectionLogger(this.#chatConnection, client, parts);
    this.#listen();
    this.#contain(() => this.#logger.opened(client));
    this.#commands.take(() => this.#welcome());
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  push(frame: EncodedFrame): void {
    if (frame === TOO_FAR_BEHIND) {
      this.#close(TRY_LATER_CLOSE_CODE, 'Too far behind');
      return;
    }
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
    switch (reason) {
      case 'session-ended':
        this.#close(SESSION_EXPIRED_CLOSE_CODE, 'Unauthorized');
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
    const { chat, flatDialect } = this.#parts;
    try {
      await chat.welcome(this.#chatConnection, () => {
        this.#send(flatDialect.greet(this.#chatConnection));
      });
    } catch (error) {
      // Without its memberships, a client would miss events. It reconnects when the store is available.
      this.#reject(error, null);
      this.#close(TRY_LATER_CLOSE_CODE, 'Try again later');
    }
  }

  /** Decodes a frame at once, so that waiting commands hold no read buffer; runs the command in its turn. */
  #receive(data: Buffer): void {
    const frame = decode(data);
    const run = (): void | Promise<void> =>
      frame instanceof ChatError ? this.#reject(frame, null) : this.#run(frame);
    this.#commands.take(run, data.byteLength);
  }

  #run({ type, ...fields }: FlatFrame): void | Promise<void> {
    if (!this.#parts.chat.noteCommand(this.#chatConnection)) {
      this.end('session-ended');
      return;
    }
    if (type === 'ping') {
      this.#send({ type: 'pong' });
      return;
    }
    const context = this.#contextOf(type, fields);
    try {
      return this.#parts.flatDialect
        .run(context, type, fields)
        ?.catch((error: unknown) => context.reject(error));
    } catch (error) {
      context.reject(error);
    }
  }

  #contextOf(type: string, fields: Readonly<Record<string, unknown>>): FlatCommandContext {
    return {
      chat: this.#parts.chat,
      connection: this.#chatConnection,
      contentLengthMax: this.#parts.settings.contentLengthMax,
      send: (frame) => this.#send(frame),
      reject: (error) => this.#reject(error, type, fields),
      fail: (error) => this.#fail(error),
      trackPending: () => this.#commands.trackPending(),
    };
  }

  #send(frame: FlatFrame): void {
    if (this.#isEnded) return;
    this.#contain(() => {
      this.#socket.sendText(JSON.stringify(frame));
      this.#commands.regulate();
    });
  }

  #reject(
    thrown: unknown,
    originalType: string | null,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#contain(() => {
      const error = toChatError(thrown);
      this.#logger.rejected(error, originalType);
      this.#send({
        type: 'error',
        ...toErrorBody(error, this.#parts.flatDialect.fieldNames),
        ...errorContextOf({ ...fields, originalType }),
      });
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
    this.#close(INTERNAL_ERROR_CLOSE_CODE, 'Something went wrong');
  }

  #close(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#commands.close();
    this.#socket.close(code, reason);
  }

  #onClose(code: number, reason: string): void {
    const onPurpose = !this.#hasFailed && (this.#isEnded || LEAVE_CODES.has(code));
    this.#isEnded = true;
    this.#commands.close();
    this.#parts.chat.disconnect(this.#chatConnection, { onPurpose });
    this.#logger.closed({ code, reason });
  }
}

function decode(data: Buffer): FlatFrame | ChatError {
  let value: unknown;
  try {
    value = parseFrame(data);
  } catch (error) {
    return toChatError(error);
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const type = isObject ? (value as { readonly type?: unknown }).type : undefined;
  if (typeof type === 'string') return value as FlatFrame;
  const message = isObject ? "The field 'type' must be a string" : 'A frame must be a JSON object';
  return new ChatError('VALIDATION_ERROR', { ...(isObject ? { field: 'type' } : {}), message });
}
