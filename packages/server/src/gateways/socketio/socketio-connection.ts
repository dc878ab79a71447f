/** One Socket.IO socket: receives events, runs commands, sends packets. */
import { ChatError, SESSION_END_TEXTS, type SessionEndReason } from '@parley/protocol';
import type { Socket } from 'socket.io';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import type { ByteGauge } from '../../domain/delivery/client-memory-budget.ts';
import { toChatError } from '../../domain/errors.ts';
import type { ResumeRequest } from '../../domain/rooms/room-resumer.ts';
import type { OpenedRoom } from '../../domain/rooms/snapshot-subscriber.ts';
import type { Identity } from '../../model/identity.ts';
import type {
  ClientDescription,
  ClientTransport,
  EncodedFrame,
  EndReason,
  EventEncoder,
} from '../../ports/client-transport.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { CommandMetrics, EndedCommand } from '../../ports/command-metrics.ts';
import type { Logger } from '../../ports/logger.ts';
import { CommandQueue, type CommandQueueOwner } from '../common/command-queue.ts';
import { ConnectionLogger } from '../common/connection-logger.ts';
import { toErrorBody } from '../common/error-body.ts';
import { FailureGuard, type GuardedConnection, NOT_ENCODED } from '../common/error-containment.ts';
import { errorContextOf } from '../common/error-context.ts';
import { mergeBacklog } from '../common/merge-backlog.ts';
import { approximateBytes } from './approximate-bytes.ts';
import type { CommandContext } from './command-context.ts';
import { runCommand } from './commands.ts';
import { type WritableConnection, type WritableTransport, writeDirectly } from './direct-write.ts';
import { type ServerEvent, toLogged, toMembers, toNew } from './encode.ts';
import type { EngineSession } from './engine-session.ts';
import { cut } from './guarded-engine.ts';
import { NOT_RESUMABLE, OffsetLog, type Positions, type Recovered } from './offset-log.ts';
import { type Packet, TOO_FAR_BEHIND, toPacketText } from './packet.ts';
import { PollingBufferSize } from './polling-buffer-size.ts';
import type { LiveSocket, RecoveryRegistry } from './recovery-registry.ts';

interface SocketIoSettings {
  readonly contentLengthMax: number;
  /** Unsent bytes above which a socket is not read, and is closed after a while. */
  readonly hardBufferBytes: number;
}

export interface SocketIoDependencies {
  readonly chat: CommandContext['chat'] & Pick<Chat, 'budget' | 'connections' | 'resumption'>;
  readonly dialect: EventEncoder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: CommandMetrics;
  readonly settings: SocketIoSettings;
  readonly recoveryRegistry: RecoveryRegistry;
}

/** A client that the gateway has admitted. */
export interface AdmittedSocket {
  readonly identity: Identity;
  readonly session: EngineSession;
  /** Undefined if the client cannot recover. */
  readonly privateId: string | undefined;
  /** Set if the client resumes. */
  readonly recovered: Recovered | undefined;
}

/** Positions in the format of the domain. */
export function toResumeRequests(positions: Positions): ResumeRequest[] {
  return [...positions].map(([roomId, { sequence: lastSequence, epoch }]) => ({
    roomId,
    position: { lastSequence, epoch, lastId: undefined },
  }));
}

type Acknowledge = (answer: object) => void;

/** An event of the client; the name is null if it is not a text. */
interface ReceivedEvent {
  readonly name: string | null;
  readonly payload: unknown;
  /** Set if the client wants an answer. */
  readonly acknowledge: Acknowledge | undefined;
}

const NO_EVENT: ReceivedEvent = { name: null, payload: undefined, acknowledge: undefined };

/** Properties of Engine.IO's sockets that their types omit. */
interface EngineSocket extends WritableConnection {
  readonly transport: EngineTransport;
  write(text: string, options?: object): void;
  close(discard: boolean): void;
  on(event: 'upgrade', listener: (transport: EngineTransport) => void): void;
  /** Emitted for each pong. */
  on(event: 'heartbeat', listener: () => void): void;
  off(event: 'heartbeat', listener: () => void): void;
  off(event: 'upgrade', listener: (transport: EngineTransport) => void): void;
}

interface EngineTransport extends WritableTransport {
  readonly name: string;
  readonly socket?: NonNullable<WritableTransport['socket']> & { terminate(): void };
  on(event: 'ready', listener: () => void): void;
  off(event: 'ready', listener: () => void): void;
}

/**
 * Unsent bytes of events up to which a WebSocket is not asked when they are sent, and which do not
 * count as unsent: the frames are shared with the other receivers.
 */
const UNCOUNTED_BYTES_MAX = 4096;
/** Maximum time that a socket may stay above the hard limit. */
const STUCK_MS = 10_000;
const RETRY_SECONDS = 1;
const LEFT_REASON = 'client namespace disconnect';
/** Disconnect reasons of clients that do not come back by themselves. */
const LEAVE_REASONS: ReadonlySet<string> = new Set([LEFT_REASON, 'server namespace disconnect']);
const DEAD_REASON = 'ping timeout';

export class SocketIoConnection
  implements ClientTransport, CommandQueueOwner, GuardedConnection, LiveSocket
{
  readonly dialect: EventEncoder;
  readonly sent: OffsetLog;
  readonly #socket: Socket;
  readonly #engine: EngineSocket;
  readonly #session: EngineSession;
  readonly #dependencies: SocketIoDependencies;
  readonly #chatConnection: ChatConnection;
  readonly #logger: ConnectionLogger;
  readonly #commands: CommandQueue;
  readonly #unsent: ByteGauge;
  readonly #queued = new PollingBufferSize();
  readonly #guard = new FailureGuard(this);
  readonly #privateId: string | undefined;
  readonly #uncountedBytesMax: number;
  #lastActivityAtMs: number;
  #stuck: Timer | undefined;
  #isOverloaded = false;
  #isPaused = false;
  #isEnded = false;
  /** Whether what it has not sent is dropped. */
  #isGone = false;

  constructor(
    socket: Socket,
    { identity, session, privateId, recovered }: AdmittedSocket,
    dependencies: SocketIoDependencies,
  ) {
    this.dialect = dependencies.dialect;
    this.#socket = socket;
    // The package's types omit properties that its own adapters use.
    this.#engine = socket.conn as unknown as EngineSocket;
    this.#session = session;
    session.settle();
    this.#dependencies = dependencies;
    this.#lastActivityAtMs = dependencies.clock.nowMs();
    this.sent = new OffsetLog(recovered);
    this.#privateId = privateId;
    const { hardBufferBytes } = dependencies.settings;
    this.#uncountedBytesMax = Math.min(UNCOUNTED_BYTES_MAX, hardBufferBytes);
    if (privateId !== undefined) dependencies.recoveryRegistry.add(privateId, this);
    this.#commands = new CommandQueue(this, dependencies.chat.budget);
    this.#unsent = dependencies.chat.budget.gauge('unsent');
    this.#chatConnection = dependencies.chat.connections.connect(identity, this);
    const { address, userAgent } = session;
    const client = { address, socketId: socket.id };
    this.#logger = new ConnectionLogger(this.#chatConnection, client, dependencies);
    this.#listen();
    const transport = this.#engine.transport.name;
    this.#guard.contain(() => this.#logger.opened({ userAgent, transport }));
    this.#commands.add(() => this.#welcome());
    if (recovered !== undefined) this.#commands.add(() => this.#resume(recovered.positions));
  }

  get about(): ClientDescription {
    return { dialect: 'socketio', ...this.#logger.origin };
  }

  get socketId(): string {
    return this.#socket.id;
  }

  /** Unsent bytes of the engine and of the buffer above it, which grows if a polling client stops polling. */
  get bufferedBytes(): number {
    const { writeBuffer, transport } = this.#engine;
    return this.#queued.of(writeBuffer) + (transport.socket?.bufferedAmount ?? 0);
  }

  push(frame: EncodedFrame): void {
    if (frame === TOO_FAR_BEHIND || frame === NOT_ENCODED) {
      this.#guard.close();
      return;
    }
    // Without a closure: this runs for each receiver of each event.
    try {
      // The `encode` of this dialect created the frame.
      const packet = frame as Packet;
      const encoded = packet.with(this.#takeOffset(packet.event));
      if (writeDirectly(this.#engine, encoded.options.wsPreEncodedFrame, this.#uncountedBytesMax))
        return;
      this.#engine.write(encoded.text, encoded.options);
      this.#regulate();
    } catch (error) {
      this.#guard.fail(error);
    }
  }

  end(reason: EndReason, cause: SessionEndReason): void {
    if (this.#isEnded) return;
    switch (reason) {
      case 'session-ended':
        this.#sendEnd(cause);
        this.#guard.contain(() =>
          this.#close({ onPurpose: true }, () => this.#socket.disconnect(true)),
        );
        return;
      default:
        reason satisfies never;
    }
  }

  #sendEnd(reason: SessionEndReason): void {
    const error = new ChatError('UNAUTHENTICATED', { message: SESSION_END_TEXTS[reason] });
    this.#send({ name: 'error', payload: { ...toErrorBody(error), reason } });
  }

  replace(): void {
    this.#isEnded = true;
    this.#commands.close();
    this.#guard.contain(() => {
      // The user is still connected.
      this.#leave({ onPurpose: false });
      this.#socket.disconnect();
      cut(this.#engine);
    });
  }

  logFailure(error: unknown): void {
    this.#logger.crashed(error);
  }

  closeAfterFailure(): void {
    this.#cut();
  }

  handleFailure(error: unknown): void {
    this.#guard.fail(error);
  }

  handleLoad(isFull: boolean): void {
    this.#isOverloaded = isFull;
    this.#regulate();
  }

  #listen(): void {
    // The package calls these from its own ticks and timers, where nothing would catch an error.
    this.#socket.onAny((...values) => this.#guard.contain(() => this.#receive(values)));
    this.#socket.on('disconnect', (reason) =>
      this.#guard.contain(() => this.#onDisconnect(reason)),
    );
    this.#engine.on('heartbeat', this.#noteActivity);
    this.#engine.transport.on('ready', this.#onReady);
    if (this.#engine.transport.socket !== undefined) return; // With a WebSocket, no buffer is above the engine.
    this.#engine.on('upgrade', this.#onUpgrade);
  }

  readonly #noteActivity = (): void => {
    this.#lastActivityAtMs = this.#dependencies.clock.nowMs();
  };

  readonly #onUpgrade = (transport: EngineTransport): void =>
    this.#guard.contain(() => {
      transport.on('ready', this.#onReady);
      // The new transport reads.
      this.#isPaused = false;
      this.#regulate();
    });

  /** A transport is ready after it has sent everything it was given. */
  readonly #onReady = (): void =>
    this.#guard.contain(() => {
      if (this.#isEnded) return;
      this.#regulate();
      this.#dependencies.chat.connections.drained(this.#chatConnection);
    });

  async #welcome(): Promise<void> {
    try {
      await this.#dependencies.chat.connections.welcome(this.#chatConnection, () => {});
    } catch (error) {
      // Without its memberships, a client would miss events. It reconnects when the store is available.
      this.#reject(error, NO_EVENT);
      this.#cut();
    }
  }

  /** Sends missed events one by one in order, as if the socket had never been disconnected. */
  async #resume(positions: Positions): Promise<void> {
    try {
      const requests = toResumeRequests(positions);
      await this.#dependencies.chat.resumption.resume(this.#chatConnection, requests, (rooms) => {
        for (const room of rooms) {
          if (room.kind === 'opened' && !room.state.truncated) this.#replay(room);
          else this.#cut(); // The client was promised a complete recovery, so it must start over.
        }
      });
    } catch {
      this.#cut();
    }
  }

  #replay({ room, state, ...people }: OpenedRoom): void {
    // The client has missed who joined and left.
    this.#send(toMembers({ roomId: room.id, ...people }));
    const missed = { messages: state.history, events: state.events };
    for (const encoded of mergeBacklog<ServerEvent>(missed, toNew, toLogged)) this.#send(encoded);
  }

  /** Returns the offset from which this client resumes after the event that is sent next. */
  #takeOffset({ place, turn }: ServerEvent): string | undefined {
    if (this.#privateId === undefined) return undefined;
    switch (turn?.kind) {
      case 'opening':
        return NOT_RESUMABLE;
      case 'opened':
        return this.sent.opened(turn.place);
      case 'closed':
        return this.sent.closed(turn.roomId);
      case undefined:
        return place && this.sent.sent(place);
      default:
        return turn satisfies never;
    }
  }

  /** Handles the values of an event: its name, its payload, and an acknowledgement function if the client wants an answer. */
  #receive(values: readonly unknown[]): void {
    if (this.#isEnded) return;
    this.#noteActivity();
    const last = values.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const [name, payload] = acknowledge === undefined ? values : values.slice(0, -1);
    // The protocol allows clients to omit the name, or to send a number.
    if (typeof name !== 'string') {
      this.#reject(new ChatError('UNKNOWN_TYPE'), { name: null, payload, acknowledge });
      return;
    }
    if (this.#isOverloaded && this.#engine.transport.socket === undefined) {
      // Unlike a socket, requests cannot be paused.
      const error = new ChatError('RATE_LIMITED', { retryAfterSeconds: RETRY_SECONDS });
      this.#reject(error, { name, payload, acknowledge });
      return;
    }
    this.#commands.add(() => this.#run(name, payload, acknowledge), approximateBytes(payload));
  }

  #run(name: string, payload: unknown, acknowledge: Acknowledge | undefined): void | Promise<void> {
    if (!this.#dependencies.chat.connections.noteCommand(this.#chatConnection)) {
      this.end('session-ended', 'expired');
      return;
    }
    const context = this.#contextOf(
      { name, payload, acknowledge },
      this.#dependencies.clock.monotonicMs(),
    );
    try {
      return runCommand(context, name, payload)?.catch((error: unknown) => context.reject(error));
    } catch (error) {
      context.reject(error);
    }
  }

  #contextOf(received: ReceivedEvent, beganAtMs: number): CommandContext {
    const { name, acknowledge } = received;
    const reject = (error: unknown): void => {
      this.#reject(error, received);
      this.#noteEnd(name, toChatError(error).code, beganAtMs);
    };
    return {
      chat: this.#dependencies.chat,
      connection: this.#chatConnection,
      contentLengthMax: this.#dependencies.settings.contentLengthMax,
      send: (event) => this.#send(event),
      answer: (result = {}) =>
        this.#guard.contain(() => {
          acknowledge?.({ ok: true, ...result });
          this.#noteEnd(name, 'ok', beganAtMs);
          this.#regulate();
        }),
      reject,
      defer: (begin, answer) => this.#commands.defer(begin, answer, reject),
    };
  }

  #noteEnd(command: string | null, outcome: EndedCommand['outcome'], beganAtMs: number): void {
    const { clock, metrics } = this.#dependencies;
    const durationMs = clock.monotonicMs() - beganAtMs;
    metrics.noteCommand({ dialect: 'socketio', command, outcome, durationMs });
  }

  #send(event: ServerEvent): void {
    this.#guard.contain(() => {
      this.#engine.write(toPacketText(event, this.#takeOffset(event)));
      this.#regulate();
    });
  }

  #reject(thrown: unknown, { name, payload, acknowledge }: ReceivedEvent): void {
    this.#guard.contain(() => {
      const error = toChatError(thrown);
      this.#logger.rejected(error, name);
      const body = { ...toErrorBody(error), ...errorContextOf(payload, ['roomId']) };
      if (acknowledge === undefined) this.#send({ name: 'error', payload: body });
      else acknowledge({ ok: false, error: body });
      this.#regulate();
      if (error.code === 'INTERNAL_ERROR') this.#guard.fail(error.cause);
    });
  }

  /** Pauses reading while the client's send buffer is full, and disconnects the client after a timeout. */
  #regulate(): void {
    const { bufferedBytes } = this;
    this.#unsent.set(this.#isGone ? 0 : bufferedBytes);
    const isFull = bufferedBytes > this.#dependencies.settings.hardBufferBytes;
    this.#commands.setPaused(isFull);
    if (isFull && !this.#isEnded) {
      this.#stuck ??= this.#dependencies.clock.schedule(STUCK_MS, () => this.#guard.close());
    } else {
      this.#stuck?.cancel();
      this.#stuck = undefined;
    }
    const shouldPause = this.#isOverloaded || isFull;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    this.#session.gate.setOverloaded(shouldPause);
  }

  /** Closes at once: an orderly close would not reach the client, which may come back. */
  #cut(): void {
    this.#close({ onPurpose: false }, () => cut(this.#engine));
  }

  #close(details: { readonly onPurpose: boolean }, close: () => void): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#commands.close();
    close();
    // Engine.IO would report the close only after the transport is closed; with polling, half a minute later.
    this.#leave(details);
  }

  #leave(details: { readonly onPurpose: boolean }): void {
    this.#stuck?.cancel();
    this.#isGone = true;
    this.#unsent.set(0);
    this.#dependencies.chat.connections.disconnect(this.#chatConnection, details);
  }

  #onDisconnect(reason: string): void {
    const transport = this.#engine.transport.name;
    // The session may carry another socket next.
    this.#engine.transport.off('ready', this.#onReady);
    this.#engine.off('upgrade', this.#onUpgrade);
    this.#engine.off('heartbeat', this.#noteActivity);
    if (reason === LEFT_REASON) this.#session.wait(this.#dependencies.clock);
    this.#isEnded = true;
    this.#commands.close();
    const onPurpose = LEAVE_REASONS.has(reason);
    if (this.#privateId !== undefined) {
      this.#dependencies.recoveryRegistry[onPurpose ? 'leave' : 'lose'](this.#privateId, this);
    }
    this.#leave({ onPurpose });
    if (reason === DEAD_REASON) {
      this.#logger.dead({ transport, lastActivityAtMs: this.#lastActivityAtMs });
    }
    this.#logger.closed({ reason, transport });
  }
}
