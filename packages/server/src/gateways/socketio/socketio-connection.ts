/** One Socket.IO socket: events in, commands to the domain, packets out. */
import { ChatError } from '@parley/protocol';
import type { Socket } from 'socket.io';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/connection.ts';
import { toChatError } from '../../domain/errors.ts';
import type { ResumeRequest } from '../../domain/rooms/resume-rooms.ts';
import type { OpenedRoom } from '../../domain/rooms/subscribe.ts';
import type { Identity } from '../../model/identity.ts';
import type {
  ClientTransport,
  EncodedFrame,
  EndReason,
  EventEncoder,
} from '../../ports/client-transport.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { CommandQueue, type CommandQueueOwner } from '../common/command-queue.ts';
import { ConnectionLogger } from '../common/connection-logger.ts';
import { toErrorBody } from '../common/error-body.ts';
import { NOT_ENCODED } from '../common/error-containment.ts';
import { mergeBacklog } from '../common/merge-backlog.ts';
import type { CommandContext } from './command-context.ts';
import { runCommand } from './commands.ts';
import { type ServerEvent, toLogged, toMembers, toNew } from './encode.ts';
import type { EngineSession } from './engine-session.ts';
import { NOWHERE, OffsetLog, type Positions, type Recovered } from './offset-log.ts';
import { type Packet, TOO_FAR_BEHIND, toPacketText } from './packet.ts';
import { PollingBufferSize } from './polling-buffer-size.ts';
import type { LiveSocket, RecoveryRegistry } from './recovery-registry.ts';

export interface SocketIoSettings {
  readonly contentLengthMax: number;
  /** Unsent bytes above which a socket is not read on, and after a while closed. */
  readonly hardBufferBytes: number;
}

export interface SocketIoParts {
  readonly chat: Chat;
  readonly dialect: EventEncoder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: SocketIoSettings;
  readonly recoveryRegistry: RecoveryRegistry;
}

/** Whom the gateway has let in. */
export interface AdmittedSocket {
  readonly identity: Identity;
  readonly session: EngineSession;
  readonly privateId: string;
  /** Of one that goes on where it was. */
  readonly recovered: Recovered | undefined;
}

/** As the domain asks for them. */
export function toResumeRequests(positions: Positions): ResumeRequest[] {
  return [...positions].map(([roomId, { sequence: lastSequence, epoch }]) => ({
    roomId,
    position: { lastSequence, epoch, lastId: undefined },
  }));
}

type Acknowledge = (answer: object) => void;

/** What Engine.IO's sockets have, and their types do not tell. */
interface EngineSocket {
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: EngineTransport;
  write(text: string, options?: object): void;
  close(discard: boolean): void;
  on(event: 'upgrade', listener: (transport: EngineTransport) => void): void;
}

interface EngineTransport {
  readonly name: string;
  /** Of a WebSocket. */
  readonly socket?: { readonly bufferedAmount: number; terminate(): void };
  on(event: 'ready', listener: () => void): void;
}

/** How long a socket may stay above the hard limit (SIO-8a). */
const STUCK_MS = 10_000;
const RETRY_SECONDS = 1;
const LEFT_REASON = 'client namespace disconnect';
/** A client that goes like this means to go. */
const LEAVE_REASONS: ReadonlySet<string> = new Set([
  LEFT_REASON,
  'server namespace disconnect',
  'server shutting down',
]);
const DEAD_REASON = 'ping timeout';

export class SocketIoConnection implements ClientTransport, CommandQueueOwner, LiveSocket {
  readonly dialect: EventEncoder;
  readonly sent: OffsetLog;
  readonly #socket: Socket;
  readonly #engine: EngineSocket;
  readonly #session: EngineSession;
  readonly #parts: SocketIoParts;
  readonly #chatConnection: ChatConnection;
  readonly #record: ConnectionLogger;
  readonly #lane: CommandQueue;
  readonly #queued = new PollingBufferSize();
  readonly #privateId: string;
  #stuck: Timer | undefined;
  #isOverloaded = false;
  #isPaused = false;
  #isEnded = false;
  #hasFailed = false;

  constructor(
    socket: Socket,
    { identity, session, privateId, recovered }: AdmittedSocket,
    parts: SocketIoParts,
  ) {
    this.dialect = parts.dialect;
    this.#socket = socket;
    // The package's own types leave out what its adapters use all the same.
    this.#engine = socket.conn as unknown as EngineSocket;
    this.#session = session;
    session.settle();
    this.#parts = parts;
    this.sent = new OffsetLog(recovered);
    this.#privateId = privateId;
    parts.recoveryRegistry.add(privateId, this);
    this.#lane = new CommandQueue(this);
    this.#chatConnection = parts.chat.connect(identity, this);
    const { address, userAgent } = session;
    const client = { address, socketId: socket.id };
    this.#record = new ConnectionLogger(this.#chatConnection, client, parts);
    this.#listen();
    const transport = this.#engine.transport.name;
    this.#contain(() => this.#record.opened({ userAgent, transport }));
    this.#lane.take(() => this.#welcome());
    if (recovered !== undefined) this.#lane.take(() => this.#resume(recovered.positions));
  }

  get socketId(): string {
    return this.#socket.id;
  }

  /** The engine's, and what waits above it: a polling client that stops polling collects there. */
  get bufferedBytes(): number {
    const { writeBuffer, transport } = this.#engine;
    return this.#queued.of(writeBuffer) + (transport.socket?.bufferedAmount ?? 0);
  }

  push(frame: EncodedFrame): void {
    if (frame === TOO_FAR_BEHIND || frame === NOT_ENCODED) {
      this.#crash();
      return;
    }
    try {
      // Made by this dialect's own `encode`.
      const packet = frame as Packet;
      const { text, options } = packet.with(this.#takeOffset(packet.event));
      this.#engine.write(text, options);
      this.#regulate();
    } catch (error) {
      this.#fail(error);
    }
  }

  end(reason: EndReason): void {
    if (this.#isEnded) return;
    switch (reason) {
      case 'session-ended':
        this.#send({ name: 'error', payload: toErrorBody(new ChatError('UNAUTHENTICATED')) });
        this.#contain(() => this.#close(() => this.#socket.disconnect(true)));
        return;
      default:
        reason satisfies never;
    }
  }

  replace(): void {
    this.#isEnded = true;
    this.#lane.close();
    this.#contain(() => {
      // The person is not gone.
      this.#leave({ onPurpose: false });
      this.#socket.disconnect();
      this.#terminate();
    });
  }

  handleFailure(error: unknown): void {
    this.#fail(error);
  }

  handleLoad(isFull: boolean): void {
    this.#isOverloaded = isFull;
    this.#regulate();
  }

  #listen(): void {
    // The package calls these from its own ticks and timers, where nothing catches an error.
    this.#socket.onAny((...values) => this.#contain(() => this.#receive(values)));
    this.#socket.on('disconnect', (reason) => this.#contain(() => this.#onDisconnect(reason)));
    this.#watch(this.#engine.transport);
    if (this.#engine.transport.socket !== undefined) return; // Nothing is above a WebSocket.
    this.#engine.on('upgrade', (transport) => this.#contain(() => this.#watch(transport)));
  }

  /** A transport is ready when what it was given has left. */
  #watch(transport: EngineTransport): void {
    this.#isPaused = false;
    const drained = (): void => {
      if (this.#isEnded) return;
      this.#regulate();
      this.#parts.chat.drained(this.#chatConnection);
    };
    transport.on('ready', () => this.#contain(drained));
  }

  async #welcome(): Promise<void> {
    try {
      await this.#parts.chat.welcome(this.#chatConnection, () => {});
    } catch (error) {
      // Without its memberships a client hears too little: it comes back when the store does.
      this.#reject(error, null);
      this.#cut();
    }
  }

  /** What was missed, one by one in its order, as if the socket had never been away. */
  async #resume(positions: Positions): Promise<void> {
    try {
      const requests = toResumeRequests(positions);
      await this.#parts.chat.resumeRooms(this.#chatConnection, requests, (rooms) => {
        for (const room of rooms) {
          if (room.kind === 'opened' && !room.state.truncated) this.#replay(room);
          else this.#cut(); // It was said that nothing is missing: it has to begin anew.
        }
      });
    } catch {
      this.#cut();
    }
  }

  #replay({ room, state, ...people }: OpenedRoom): void {
    // Nobody has told it who came and went.
    this.#send(toMembers({ roomId: room.id, ...people }));
    const missed = { messages: state.history, events: state.events };
    for (const told of mergeBacklog<ServerEvent>(missed, toNew, toLogged)) this.#send(told);
  }

  /** What this client gives back to go on from the event, which it is sent next. */
  #takeOffset({ place, turn }: ServerEvent): string | undefined {
    switch (turn?.kind) {
      case 'opening':
        return NOWHERE;
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

  /** The values of an event: its name, its payload, and a function if the client wants an answer. */
  #receive(values: readonly unknown[]): void {
    if (this.#isEnded) return;
    const last = values.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const [name, payload] = acknowledge === undefined ? values : values.slice(0, -1);
    // The protocol lets a client leave the name out, or send a number.
    if (typeof name !== 'string') {
      this.#reject(new ChatError('UNKNOWN_TYPE'), null, acknowledge);
      return;
    }
    if (this.#isOverloaded && this.#engine.transport.socket === undefined) {
      // Requests cannot be held back as a socket can.
      const error = new ChatError('RATE_LIMITED', { retryAfterSeconds: RETRY_SECONDS });
      this.#reject(error, name, acknowledge);
      return;
    }
    this.#lane.take(() => this.#run(name, payload, acknowledge));
  }

  #run(name: string, payload: unknown, acknowledge: Acknowledge | undefined): void | Promise<void> {
    if (!this.#parts.chat.noteCommand(this.#chatConnection)) {
      this.end('session-ended');
      return;
    }
    const caller = this.#callerOf(name, acknowledge);
    try {
      return runCommand(caller, name, payload)?.catch((error: unknown) => caller.reject(error));
    } catch (error) {
      caller.reject(error);
    }
  }

  #callerOf(name: string, acknowledge: Acknowledge | undefined): CommandContext {
    return {
      chat: this.#parts.chat,
      connection: this.#chatConnection,
      contentLengthMax: this.#parts.settings.contentLengthMax,
      send: (event) => this.#send(event),
      answer: (result = {}) =>
        this.#contain(() => {
          acknowledge?.({ ok: true, ...result });
          this.#regulate();
        }),
      reject: (error) => this.#reject(error, name, acknowledge),
      fail: (error) => this.#fail(error),
      trackPending: () => this.#lane.trackPending(),
    };
  }

  #send(event: ServerEvent): void {
    this.#contain(() => {
      this.#engine.write(toPacketText(event, this.#takeOffset(event)));
      this.#regulate();
    });
  }

  #reject(thrown: unknown, name: string | null, acknowledge?: Acknowledge): void {
    this.#contain(() => {
      const error = toChatError(thrown);
      this.#record.rejected(error, name);
      const body = toErrorBody(error);
      if (acknowledge === undefined) this.#send({ name: 'error', payload: body });
      else acknowledge({ ok: false, error: body });
      this.#regulate();
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

  /** A defect of the server ends this socket, and nothing else. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#record.crashed(error);
    this.#crash();
  }

  /** As `#cut`, for callers that cannot take an error. */
  #crash(): void {
    this.#hasFailed = true;
    try {
      this.#cut();
    } catch (error) {
      this.#record.crashed(error);
    }
  }

  /** Who does not read is not read, and does not stay for long. */
  #regulate(): void {
    const isFull = this.bufferedBytes > this.#parts.settings.hardBufferBytes;
    this.#lane.hold(isFull);
    if (isFull && !this.#isEnded) {
      this.#stuck ??= this.#parts.clock.schedule(STUCK_MS, () => this.#crash());
    } else {
      this.#stuck?.cancel();
      this.#stuck = undefined;
    }
    const shouldPause = this.#isOverloaded || isFull;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    this.#session.gate.setOverloaded(shouldPause);
  }

  /** Ends it at once: nothing that is said in order would get there. */
  #cut(): void {
    this.#close(() => this.#terminate());
  }

  #terminate(): void {
    const { socket } = this.#engine.transport;
    if (socket === undefined) this.#engine.close(true);
    else socket.terminate();
  }

  #close(close: () => void): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#lane.close();
    close();
    // Not before the transport has gone would Engine.IO tell, for polling half a minute later.
    this.#leave({ onPurpose: true });
  }

  #leave(how: { readonly onPurpose: boolean }): void {
    this.#stuck?.cancel();
    this.#parts.chat.disconnect(this.#chatConnection, how);
  }

  #onDisconnect(reason: string): void {
    const transport = this.#engine.transport.name;
    if (reason === LEFT_REASON) this.#session.wait(this.#parts.clock);
    this.#isEnded = true;
    this.#lane.close();
    const onPurpose = LEAVE_REASONS.has(reason);
    if (onPurpose) this.#parts.recoveryRegistry.leave(this.#privateId, this);
    else this.#parts.recoveryRegistry.lose(this.#privateId, this);
    this.#leave({ onPurpose });
    if (reason === DEAD_REASON) this.#record.dead({ transport });
    this.#record.closed({ reason, transport });
  }
}
