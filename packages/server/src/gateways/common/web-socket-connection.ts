/** One WebSocket of a client: decodes frames, runs commands, sends frames, in the dialect of its codec. */
import {
  SESSION_END_TEXTS,
  SESSION_EXPIRED_CLOSE_CODE,
  type SessionEndReason,
} from '@parley/protocol';
import type { PreparedFrame } from '@parley/websocket';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import type { ByteGauge } from '../../domain/delivery/client-memory-budget.ts';
import { toChatError } from '../../domain/errors.ts';
import type { DomainSettings } from '../../domain/settings.ts';
import type { Identity } from '../../model/identity.ts';
import type {
  ClientDescription,
  ClientTransport,
  EncodedFrame,
  EndReason,
  EventEncoder,
} from '../../ports/client-transport.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommandMetrics, EndedCommand } from '../../ports/command-metrics.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ClientSocket, SocketEnd } from './client-socket.ts';
import { INTERNAL_ERROR_CLOSE_CODE, LEAVE_CODES, TRY_LATER_CLOSE_CODE } from './close-codes.ts';
import { type Codec, type CodecClient, type ReceivedFrame, TOO_FAR_BEHIND } from './codec.ts';
import {
  type AnswerCommand,
  type BeginCommand,
  CommandQueue,
  type CommandQueueOwner,
} from './command-queue.ts';
import { ConnectionLogger, type LoggedClient } from './connection-logger.ts';
import { FailureGuard, type GuardedConnection, NOT_ENCODED } from './error-containment.ts';

interface WebSocketSettings {
  readonly contentLengthMax: number;
  /** For clients that negotiated no version, if it is smaller. */
  readonly plainContentLengthMax?: number;
  /** Unsent bytes above which a connection is not read and no command starts. */
  readonly hardBufferBytes: number;
  readonly limits?: ConnectionRateLimits;
}

/** Rate limits of a connection, if they differ from those of the domain. */
export type ConnectionRateLimits = Pick<DomainSettings, 'messageRateMax' | 'messageRateWindowMs'>;

export interface WebSocketDependencies<Frame extends ReceivedFrame> {
  readonly chat: Chat;
  readonly codec: Codec<Frame>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: CommandMetrics;
  readonly settings: WebSocketSettings;
  /** Counts the unsent bytes of a socket that connections share; its owner ends it. */
  readonly unsent?: ByteGauge;
}

export class WebSocketConnection<Frame extends ReceivedFrame>
  implements ClientTransport, CommandQueueOwner, CodecClient<Frame>, GuardedConnection
{
  readonly chat: WebSocketDependencies<Frame>['chat'];
  readonly chatConnection: ChatConnection;
  readonly contentLengthMax: number;
  readonly #socket: ClientSocket;
  readonly #codec: Codec<Frame>;
  /** Shared by all connections of the dialect. */
  readonly #dependencies: Pick<WebSocketDependencies<Frame>, 'clock' | 'metrics'>;
  readonly #logger: ConnectionLogger;
  readonly #commands: CommandQueue;
  readonly #hardBufferBytes: number;
  readonly #unsent: ByteGauge;
  readonly #guard: FailureGuard;
  #isOverloaded = false;
  #isPaused = false;
  #isEnded = false;
  /** The code with which the server has closed: the client may answer with another one. */
  #closeCode: number | undefined;
  #isReleased = false;

  constructor(
    socket: ClientSocket,
    identity: Identity,
    client: LoggedClient,
    dependencies: WebSocketDependencies<Frame>,
  ) {
    const { chat, codec, settings } = dependencies;
    this.#socket = socket;
    this.chat = chat;
    this.#codec = codec;
    this.#dependencies = dependencies;
    this.contentLengthMax = settings.contentLengthMax;
    this.#guard = new FailureGuard(this);
    this.#hardBufferBytes = settings.hardBufferBytes;
    this.#unsent = dependencies.unsent ?? chat.budget.gauge('unsent');
    this.#commands = new CommandQueue(this, chat.budget);
    this.chatConnection = chat.connections.connect(identity, this, settings.limits);
    this.#logger = new ConnectionLogger(this.chatConnection, client, dependencies);
    this.#listen();
    this.#guard.contain(() => this.#logger.opened(client));
    this.#commands.add(() => this.#welcome());
  }

  get about(): ClientDescription {
    return { dialect: this.#codec.name, ...this.#logger.origin };
  }

  get dialect(): EventEncoder {
    return this.#codec.events;
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
      this.#guard.close();
      return;
    }
    this.#guard.contain(() => {
      // The `encode` of this dialect created the frame.
      this.#socket.sendFrame(frame as PreparedFrame);
      this.#regulate();
    });
  }

  end(reason: EndReason, cause: SessionEndReason): void {
    if (this.#isEnded) return;
    switch (reason) {
      case 'session-ended': {
        const { encodeSessionEnd } = this.#codec;
        if (encodeSessionEnd !== undefined) this.sendText(() => encodeSessionEnd(cause));
        this.#close(SESSION_EXPIRED_CLOSE_CODE, SESSION_END_TEXTS[cause]);
        return;
      }
      default:
        reason satisfies never;
    }
  }

  sendText(encode: () => string): void {
    if (this.#isEnded) return;
    this.#guard.contain(() => {
      this.#socket.sendText(encode());
      this.#regulate();
    });
  }

  defer(frame: Frame, begin: BeginCommand, answer: AnswerCommand): void | Promise<void> {
    frame.isDeferred = true;
    const answerAndNote: AnswerCommand = (acknowledgement) => {
      answer(acknowledgement);
      this.#noteEnd(frame, 'ok');
    };
    return this.#commands.defer(begin, answerAndNote, (error) => this.#reject(error, frame));
  }

  handleLoad(isFull: boolean): void {
    this.#isOverloaded = isFull;
    this.#regulate();
  }

  handleFailure(error: unknown): void {
    this.#guard.fail(error);
  }

  logFailure(error: unknown): void {
    this.#logger.crashed(error);
  }

  closeAfterFailure(): void {
    this.#close(INTERNAL_ERROR_CLOSE_CODE, 'Something went wrong');
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('message', (data: Buffer) => {
      if (!this.#isEnded) this.#receive(data);
    });
    socket.on('drain', () => {
      this.chat.connections.drained(this.chatConnection);
      this.#regulate();
    });
    socket.on('dead', () => this.#logger.dead({ lastActivityAtMs: socket.lastActivity.getTime() }));
    socket.on('error', ({ code }) => this.#logger.failed(code));
    socket.on('close', (end) => this.#onClose(end));
  }

  async #welcome(): Promise<void> {
    try {
      await this.chat.connections.welcome(this.chatConnection, (listed) => {
        this.sendText(() =>
          this.#codec.encodeGreeting(this.chatConnection, listed, this.contentLengthMax),
        );
      });
    } catch (error) {
      // Without its rooms, a client would miss events. It reconnects when the store is available.
      this.#reject(error, undefined);
      this.#close(TRY_LATER_CLOSE_CODE, 'Try again later');
    }
  }

  /** Decodes a frame at once, so that waiting commands hold no read buffer; runs the command in its turn. */
  #receive(data: Buffer): void {
    const { frame, error } = this.#codec.decode(data);
    const run = (): void | Promise<void> =>
      error === undefined ? this.#run(frame) : this.#reject(error, frame);
    this.#commands.add(run, data.byteLength);
  }

  #run(frame: Frame): void | Promise<void> {
    if (
      !this.#codec.isKeepalive(frame) &&
      !this.chat.connections.noteCommand(this.chatConnection)
    ) {
      this.end('session-ended', 'expired');
      return;
    }
    frame.beganAtMs = this.#dependencies.clock.monotonicMs();
    try {
      const running = this.#codec.run(this, frame);
      if (running === undefined) this.#noteReturned(frame);
      return running?.then(
        () => this.#noteReturned(frame),
        (thrown: unknown) => this.#reject(thrown, frame),
      );
    } catch (thrown) {
      this.#reject(thrown, frame);
    }
  }

  #noteReturned(frame: Frame): void {
    if (frame.isDeferred !== true) this.#noteEnd(frame, 'ok');
  }

  #noteEnd({ type: command, beganAtMs }: Frame, outcome: EndedCommand['outcome']): void {
    const { clock, metrics } = this.#dependencies;
    const nowMs = clock.monotonicMs();
    const { name: dialect } = this.#codec;
    metrics.noteCommand({ dialect, command, outcome, durationMs: nowMs - (beganAtMs ?? nowMs) });
  }

  #reject(thrown: unknown, frame: Frame | undefined): void {
    this.#guard.contain(() => {
      const error = toChatError(thrown);
      this.#logger.rejected(error, frame?.type ?? null);
      if (frame !== undefined) this.#noteEnd(frame, error.code);
      this.sendText(() => this.#codec.encodeError(error, frame));
      if (error.code === 'INTERNAL_ERROR') this.#guard.fail(error.cause);
    });
  }

  /**
   * Pauses reading while too many commands wait, or too many bytes are unsent. Must be called after
   * sending, and after the send buffer has drained.
   */
  #regulate(): void {
    if (this.#isReleased) return;
    const { bufferedBytes } = this.#socket;
    this.#unsent.set(bufferedBytes);
    const isFull = bufferedBytes > this.#hardBufferBytes;
    this.#commands.setPaused(isFull);
    const shouldPause = this.#isOverloaded || isFull;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#socket.pause();
    else this.#socket.resume();
  }

  #close(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#closeCode = code;
    this.#commands.close();
    this.#socket.close(code, reason);
  }

  #onClose({ code, reason, initiator, cause }: SocketEnd): void {
    const onPurpose = LEAVE_CODES.has(this.#closeCode ?? code);
    this.#isEnded = true;
    this.#commands.close();
    this.#isReleased = true;
    // Those of the other streams, if it was one.
    this.#unsent.set(this.#socket.bufferedBytes);
    this.chat.connections.disconnect(this.chatConnection, { onPurpose });
    this.#logger.closed({
      code,
      reason,
      ...(cause !== undefined && { cause }),
      ...(initiator !== undefined && { initiator }),
    });
  }
}
