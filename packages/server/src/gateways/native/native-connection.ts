/** One WebSocket that speaks the native dialect: frames in, commands to the domain, frames out. */
import {
  ChatError,
  type ClientFrame,
  ERROR_CODES,
  type ErrorCode,
  SESSION_EXPIRED_CLOSE_CODE,
  type ServerFrames,
  type ServerFrameType,
} from '@parley/protocol';
import { type Decoded, decodeClientFrame } from '@parley/protocol/validators';
import type { Connection, PreparedFrame } from '@parley/websocket';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/connection.ts';
import { toChatError } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Identity } from '../../ports/identity.ts';
import type { Journal } from '../../ports/journal.ts';
import type { Dialect, EndReason, Link, ReadyFrame } from '../../ports/link.ts';
import type { Visitor } from '../../ports/visitor.ts';
import { CommandLane } from '../common/command-lane.ts';
import type { Caller } from './caller.ts';
import { runCommand } from './commands.ts';
import { encodeFrame, toOwnRoomEntry } from './encode.ts';

export interface NativeSettings {
  readonly contentLengthMax: number;
  /** Unsent bytes above which a connection is not read on, and no command of it begun. */
  readonly hardBufferBytes: number;
}

export interface NativeParts {
  readonly chat: Chat;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly settings: NativeSettings;
}

/** What may be under way on one connection; with more it is not read on. */
const LANE_LIMITS = Object.freeze({ commandsMax: 256, bytesMax: 1024 * 1024 });
const TRY_LATER_CLOSE_CODE = 1013;
/** A client that closes with these means to go; 1001 is a page that is reloaded as often as left. */
const LEAVE_CODES: ReadonlySet<number> = new Set([1000, 1005]);
/** Frames that show life but no use: a session does not live on by them. */
const LIFE_SIGNS: ReadonlySet<string> = new Set(['heartbeat', 'ping']);

export class NativeConnection implements Link {
  readonly dialect: Dialect;
  readonly #socket: Connection;
  readonly #parts: NativeParts;
  readonly #visitor: Pick<Visitor, 'address' | 'userAgent'>;
  readonly #chatConnection: ChatConnection;
  readonly #lane: CommandLane;
  readonly #openedAtMs: number;
  readonly #refusals: Partial<Record<ErrorCode, number>> = {};
  #isOverloaded = false;
  #isPaused = false;
  #isEnded = false;

  constructor(
    socket: Connection,
    identity: Identity,
    visitor: Pick<Visitor, 'address' | 'userAgent'>,
    parts: NativeParts,
  ) {
    this.dialect = parts.dialect;
    this.#socket = socket;
    this.#parts = parts;
    this.#visitor = visitor;
    this.#openedAtMs = parts.clock.monotonicMs();
    this.#lane = new CommandLane(LANE_LIMITS, (isFull) => {
      this.#isOverloaded = isFull;
      this.#regulateReading();
    });
    this.#chatConnection = parts.chat.connect(identity, this);
    const { id: connectionId, user } = this.#chatConnection;
    const { address, userAgent } = visitor;
    parts.journal.record({
      event: 'connection.opened',
      connectionId,
      userId: user.id,
      username: user.username,
      address,
      userAgent,
    });
    this.#listen();
    this.#lane.take(() => this.#welcome());
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  push(frame: ReadyFrame): void {
    // Made by this dialect's own `encode`.
    this.#socket.sendFrame(frame as PreparedFrame);
    this.#regulateReading();
  }

  end(reason: EndReason): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#lane.close();
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
      this.#regulateReading();
    });
    socket.on('dead', () => {
      const { id: connectionId } = this.#chatConnection;
      this.#parts.journal.record({ event: 'connection.dead', connectionId });
    });
    socket.on('error', ({ code }) => {
      const { id: connectionId } = this.#chatConnection;
      this.#parts.journal.record({ event: 'connection.failed', connectionId, code });
    });
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
      // Without its rooms a client is nowhere: it comes back when the store does.
      this.#refuse(error, null);
      this.#socket.close(TRY_LATER_CLOSE_CODE, 'Try again later');
    }
  }

  /** Decoded as it comes, so that what waits holds on to no read buffer; carried out in its turn. */
  #receive(data: Buffer): void {
    const decoded = decode(data);
    if (decoded.kind === 'frame') {
      this.#lane.take(() => this.#run(decoded.frame), data.byteLength);
      return;
    }
    const { code, message, field, originalType, replyTo } = decoded;
    const details = field === undefined ? { message } : { message, field };
    const error = new ChatError(code, details);
    this.#lane.take(() => this.#refuse(error, originalType, replyTo), data.byteLength);
  }

  #run(frame: ClientFrame): void | Promise<void> {
    if (!LIFE_SIGNS.has(frame.type) && !this.#parts.chat.noteCommand(this.#chatConnection)) {
      this.end('session-ended');
      return;
    }
    const caller = this.#callerOf(frame.type, frame.id);
    try {
      return runCommand(caller, frame)?.catch((error: unknown) => caller.refuse(error));
    } catch (error) {
      caller.refuse(error);
    }
  }

  #callerOf(originalType: string, replyTo: string | undefined): Caller {
    return {
      chat: this.#parts.chat,
      connection: this.#chatConnection,
      contentLengthMax: this.#parts.settings.contentLengthMax,
      reply: (type, payload) => this.#send(type, payload, replyTo),
      refuse: (error) => this.#refuse(error, originalType, replyTo),
      owe: () => this.#lane.owe(),
    };
  }

  #send<T extends ServerFrameType>(type: T, payload: ServerFrames[T], replyTo?: string): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#socket.sendText(encodeFrame(type, payload, { nowMs, replyTo }));
    this.#regulateReading();
  }

  #refuse(thrown: unknown, originalType: string | null, replyTo?: string): void {
    const error = toChatError(thrown);
    const { code, message, details } = error;
    this.#recordRefusal(error, originalType);
    const { field, retryAfterSeconds } = details;
    const payload = {
      code,
      message,
      originalType,
      ...(field === undefined ? {} : { field }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
    };
    this.#send('error', payload, replyTo);
  }

  /** A client's mistake is told once; how often it was repeated stands in the line of the close. */
  #recordRefusal(error: ChatError, originalType: string | null): void {
    const { journal } = this.#parts;
    const { id: connectionId } = this.#chatConnection;
    const { code } = error;
    if (code === 'INTERNAL_ERROR') {
      journal.record({ event: 'command.failed', connectionId, error: error.cause });
    } else if (this.#refusals[code] === undefined) {
      journal.record({ event: 'command.refused', connectionId, code, originalType });
    }
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1;
  }

  /** Who does not read is not read: what is owed stays bounded by what was accepted. */
  #regulateReading(): void {
    const isFull = this.#socket.bufferedBytes > this.#parts.settings.hardBufferBytes;
    this.#lane.hold(isFull);
    const shouldPause = this.#isOverloaded || isFull;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#socket.pause();
    else this.#socket.resume();
  }

  #onClose(code: number, reason: string): void {
    const onPurpose = this.#isEnded || LEAVE_CODES.has(code);
    this.#isEnded = true;
    this.#lane.close();
    this.#parts.chat.disconnect(this.#chatConnection, { onPurpose });
    const { id: connectionId, user } = this.#chatConnection;
    this.#parts.journal.record({
      event: 'connection.closed',
      connectionId,
      userId: user.id,
      username: user.username,
      address: this.#visitor.address,
      code,
      reason,
      durationMs: Math.round(this.#parts.clock.monotonicMs() - this.#openedAtMs),
      refusals: this.#refusals,
    });
  }
}

function decode(data: Buffer): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(data.toString('utf8'));
  } catch {
    const { message } = ERROR_CODES.INVALID_JSON;
    return { kind: 'refused', code: 'INVALID_JSON', message, originalType: null };
  }
  return decodeClientFrame(value);
}
