/**
 * Engine.IO with transports that limit their input and catch errors in their callbacks: the package
 * calls them from sockets, requests and timers, where an error would end the process.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ChatError } from '@parley/protocol';
import { Server as Engine, type ServerOptions, type Socket } from 'engine.io';
import { type GatedTransport, PacketGate, type PacketLimits } from './packet-gate.ts';

/** Methods of a transport that the package calls, and that call listeners. */
const GUARDED = Object.freeze(['onRequest', 'onPacket', 'onData', 'send', 'doClose'] as const);

type Method = (...values: unknown[]) => void;

export interface GuardedTransport extends Record<(typeof GUARDED)[number], Method>, GatedTransport {
  readonly name: string;
  readonly gate: PacketGate;
  /** Closes the connection. */
  onError(message: string): void;
}

/** Part of the package's connection that `cut` uses. */
interface CuttableConnection {
  readonly transport: {
    readonly socket?: { terminate(): void } | undefined;
    /** The pending poll of a polling transport. */
    readonly res?: ServerResponse | null | undefined;
  };
  close(discard: boolean): void;
}

/**
 * Ends a connection whose client should come back, as if the network had failed. An orderly end would
 * not do: some clients do not notice a close frame, others stay away after Engine.IO's close packet.
 */
export function cut(connection: CuttableConnection): void {
  const { socket, res: poll } = connection.transport;
  if (socket !== undefined) socket.terminate();
  else if (poll) poll.destroy();
  else connection.close(true);
}

interface EngineHooks {
  /** Begins the id of every session. */
  readonly idPrefix: string;
  /** Logs an error; the connection is closed next. */
  handleError(error: unknown): void;
  /** Called if the client exceeds its limits; the connection is closed next. */
  handleExcess(transport: GuardedTransport): void;
}

/** Internals of the package. */
type TransportParameters = Parameters<Engine['createTransport']>;
type VerifyParameters = Parameters<Engine['verify']>;
type HandshakeParameters = Parameters<Engine['handshake']>;

export class GuardedEngine extends Engine {
  readonly #limits: PacketLimits;
  readonly #hooks: EngineHooks;
  /** Keyed by the package's prototype: methods per transport would take half a kilobyte each. */
  readonly #prototypes = new Map<object, object>();

  constructor(options: ServerOptions, limits: PacketLimits, hooks: EngineHooks) {
    super(options);
    this.#limits = limits;
    this.#hooks = hooks;
  }

  override generateId(request: IncomingMessage): string {
    return `${this.#hooks.idPrefix}${super.generateId(request)}`;
  }

  connectionOf(sid: string): Socket | undefined {
    return Object.hasOwn(this.clients, sid) ? this.clients[sid] : undefined;
  }

  /** Called when the server stops. */
  override close(): this {
    for (const connection of Object.values(this.clients))
      cut(connection as never as CuttableConnection);
    this.cleanup();
    return this;
  }

  protected override createTransport(...values: TransportParameters) {
    const transport = super.createTransport(...values);
    const prototype: GuardedTransport = Object.getPrototypeOf(transport);
    const guarded = this.#prototypes.get(prototype) ?? guardedPrototype(prototype, this.#hooks);
    this.#prototypes.set(prototype, guarded);
    const gate = new PacketGate(transport as unknown as GatedTransport, this.#limits);
    gate.begin();
    return Object.assign(Object.setPrototypeOf(transport, guarded), { gate });
  }

  /**
   * @throws {ChatError} VALIDATION_ERROR for a bad upgrade, before the WebSocket opens. The package would
   *   answer some of them in plain text, and another protocol only after the 101.
   */
  protected override verify(...[request, isUpgrade, decide]: VerifyParameters) {
    if (!isUpgrade) return super.verify(request, isUpgrade, decide);
    return super.verify(request, isUpgrade, (found) => {
      const { sid, EIO } = request._query;
      const isOld = found === undefined && !sid && EIO !== '4';
      const code = isOld ? Engine.errors.UNSUPPORTED_PROTOCOL_VERSION : found;
      // The WebSocket server rejects the method itself.
      if (code === undefined || code === Engine.errors.BAD_HANDSHAKE_METHOD) return decide();
      throw new ChatError('VALIDATION_ERROR', { message: Engine.errorMessages[code] });
    });
  }

  protected override async handshake(...values: HandshakeParameters): Promise<unknown> {
    try {
      return await super.handshake(...values);
    } catch (error) {
      this.#hooks.handleError(error);
      const [, , closeConnection] = values;
      closeConnection(Engine.errors.BAD_REQUEST);
      return undefined;
    }
  }
}

function guardedPrototype(prototype: GuardedTransport, hooks: EngineHooks): GuardedTransport {
  const bounded = boundedPrototype(prototype, hooks);
  const guarded = Object.create(prototype) as GuardedTransport;
  for (const name of GUARDED) {
    guarded[name] = function guardedMethod(this: GuardedTransport, ...values) {
      try {
        bounded[name].apply(this, values);
      } catch (error) {
        hooks.handleError(error);
        this.onError('internal error');
      }
    };
  }
  return guarded;
}

/** Methods that receive packets, and that close a transport. */
function boundedPrototype(prototype: GuardedTransport, hooks: EngineHooks): GuardedTransport {
  const reject = (transport: GuardedTransport): void => {
    hooks.handleExcess(transport);
    transport.onError('too many packets');
  };
  const methods: ThisType<GuardedTransport> & Record<string, Method> = {
    onPacket(packet) {
      const { data } = packet as { readonly data?: string | Buffer };
      if (this.gate.take(data?.length ?? 0)) prototype.onPacket.call(this, packet);
      else reject(this);
    },
    onData(data) {
      if (typeof data !== 'string' || this.gate.allowsPayload(data)) {
        prototype.onData.call(this, data);
      } else {
        reject(this);
      }
    },
    doClose(done) {
      this.gate.close();
      prototype.doClose.call(this, done);
      // Do not wait for a client that was not admitted.
      if (!this.gate.isAdmitted) this.socket?.terminate();
    },
  };
  return Object.assign(Object.create(prototype), methods);
}
