/** One WebSocket of a dialect with flat frames: frames in, commands to the domain, frames out. */
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
  /** Unsent bytes above which a connection is not read on, and no command of it begun. */
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
  readonly #record: ConnectionLogger;
  readonly #lane: BackpressuredCommandQueue;
  #isEnded = false;
  #hasFailed = false;

  constructor(socket: Connection, identity: Identity, client: LoggedClient, parts: FlatParts) {
    this.dialect = parts.dialect;
    this.#socket = socket;
    this.#parts = parts;
    const { hardBufferBytes } = parts.settings;
    this.#lane = new BackpressuredCommandQueue(socket, hardBufferBytes, (error) =>
      this.#fail(error),
    );
    this.#chatConnection = parts.chat.connect(identity, this, parts.settings.limits);
    this.#record = new ConnectionLogger(this.#chatConnection, client, parts);
    this.#listen();
    this.#contain(() => this.#record.opened(client));
    this.#lane.take(() => this.#welcome());
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
      // Made by this dialect's own `encode`.
      this.#socket.sendFrame(frame as PreparedFrame);
      this.#lane.regulate();
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
      this.#lane.regulate();
    });
    socket.on('dead', () => this.#record.dead());
    socket.on('error', ({ code }) => this.#record.failed(code));
    socket.on('close', ({ code, reason }) => this.#onClose(code, reason));
  }

  async #welcome(): Promise<void> {
    const { chat, flatDialect } = this.#parts;
    try {
      await chat.welcome(this.#chatConnection, () => {
        this.#send(flatDialect.greet(this.#chatConnection));
      });
    } catch (error) {
      // Without its memberships a client hears too little: it comes back when the store does.
      this.#reject(error, null);
      this.#close(TRY_LATER_CLOSE_CODE, 'Try again later');
    }
  }

  /** Decoded as it comes, so that what waits holds on to no read buffer; carried out in its turn. */
  #receive(data: Buffer): void {
    const frame = decode(data);
    const run = (): void | Promise<void> =>
      frame instanceof ChatError ? this.#reject(frame, null) : this.#run(frame);
    this.#lane.take(run, data.byteLength);
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
    const caller = this.#callerOf(type, fields);
    try {
      return this.#parts.flatDialect
        .run(caller, type, fields)
        ?.catch((error: unknown) => caller.reject(error));
    } catch (error) {
      caller.reject(error);
    }
  }

  #callerOf(type: string, fields: Readonly<Record<string, unknown>>): FlatCommandContext {
    return {
      chat: this.#parts.chat,
      connection: this.#chatConnection,
      contentLengthMax: this.#parts.settings.contentLengthMax,
      send: (frame) => this.#send(frame),
      reject: (error) => this.#reject(error, type, fields),
      fail: (error) => this.#fail(error),
      trackPending: () => this.#lane.trackPending(),
    };
  }

  #send(frame: FlatFrame): void {
    if (this.#isEnded) return;
    this.#contain(() => {
      this.#socket.sendText(JSON.stringify(frame));
      this.#lane.regulate();
    });
  }

  #reject(
    thrown: unknown,
    originalType: string | null,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#contain(() => {
      const error = toChatError(thrown);
      this.#record.rejected(error, originalType);
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

  /** A defect of the server ends this connection, and nothing else. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#record.crashed(error);
    this.#crash();
  }

  #crash(): void {
    this.#hasFailed = true;
    this.#close(INTERNAL_ERROR_CLOSE_CODE, 'Something went wrong');
  }

  #close(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#lane.close();
    this.#socket.close(code, reason);
  }

  #onClose(code: number, reason: string): void {
    const onPurpose = !this.#hasFailed && (this.#isEnded || LEAVE_CODES.has(code));
    this.#isEnded = true;
    this.#lane.close();
    this.#parts.chat.disconnect(this.#chatConnection, { onPurpose });
    this.#record.closed({ code, reason });
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
  const message = isObject ? "The field 'type' must be a text" : 'A frame is an object';
  return new ChatError('VALIDATION_ERROR', { ...(isObject ? { field: 'type' } : {}), message });
}
