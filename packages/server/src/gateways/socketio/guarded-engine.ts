/**
 * Engine.IO, whose transports keep what is thrown in their callbacks: the package runs
 * them from sockets, requests and timers, where an error would end the process.
 */
import { Server as Engine, type ServerOptions } from 'engine.io';

/** The methods of a transport that the package calls, and that call listeners. */
const GUARDED = Object.freeze(['onRequest', 'onPacket', 'onData', 'send', 'doClose'] as const);

type Method = (...values: unknown[]) => void;

interface GuardedTransport extends Record<(typeof GUARDED)[number], Method> {
  /** Ends its connection. */
  onError(message: string): void;
}

/** What the package keeps to itself. */
type TransportParameters = Parameters<Engine['createTransport']>;
type HandshakeParameters = Parameters<Engine['handshake']>;

export class GuardedEngine extends Engine {
  readonly #onError: (error: unknown) => void;
  /** By the prototype of the package: methods of each transport's own would take half a kilobyte. */
  readonly #prototypes = new Map<object, object>();

  /** @param onError Logs an error; its connection is closed next. */
  constructor(options: ServerOptions, onError: (error: unknown) => void) {
    super(options);
    this.#onError = onError;
  }

  protected override createTransport(...values: TransportParameters) {
    const transport = super.createTransport(...values);
    const prototype: GuardedTransport = Object.getPrototypeOf(transport);
    const guarded = this.#prototypes.get(prototype) ?? guardedPrototype(prototype, this.#onError);
    this.#prototypes.set(prototype, guarded);
    return Object.setPrototypeOf(transport, guarded);
  }

  protected override async handshake(...values: HandshakeParameters): Promise<unknown> {
    try {
      return await super.handshake(...values);
    } catch (error) {
      this.#onError(error);
      const [, , closeConnection] = values;
      closeConnection(Engine.errors.BAD_REQUEST);
      return undefined;
    }
  }
}

function guardedPrototype(
  prototype: GuardedTransport,
  onError: (error: unknown) => void,
): GuardedTransport {
  const guarded = Object.create(prototype) as GuardedTransport;
  for (const name of GUARDED) {
    guarded[name] = function guardedMethod(this: GuardedTransport, ...values) {
      try {
        prototype[name].apply(this, values);
      } catch (error) {
        onError(error);
        this.onError('internal error');
      }
    };
  }
  return guarded;
}
