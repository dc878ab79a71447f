/** Browser events, and listeners for them on a Node emitter. */
import type { EventEmitter } from 'node:events';
import type { Data, RawData } from './message-data.ts';

/** An event of a socket, which is its target. */
export class SocketEvent<Target> extends Event {
  readonly #target: Target;

  constructor(type: string, target: Target) {
    super(type);
    this.#target = target;
  }

  // Events that are not dispatched through an `EventTarget` have no target of their own.
  override get target(): Target & EventTarget {
    return this.#target as Target & EventTarget;
  }
}

export class MessageEvent<Target = unknown> extends SocketEvent<Target> {
  /** Text as a string, binary messages by `binaryType`. */
  readonly data: Data;

  constructor(target: Target, data: Data) {
    super('message', target);
    this.data = data;
  }
}

export class CloseEvent<Target = unknown> extends SocketEvent<Target> {
  readonly code: number;
  readonly reason: string;
  /** Whether both close frames were seen. */
  readonly wasClean: boolean;

  constructor(target: Target, code: number, reason: string) {
    super('close', target);
    this.code = code;
    this.reason = reason;
    this.wasClean = code !== 1006;
  }
}

export class ErrorEvent<Target = unknown> extends SocketEvent<Target> {
  readonly error: Error;
  readonly message: string;

  constructor(target: Target, error: Error) {
    super('error', target);
    this.error = error;
    this.message = error.message;
  }
}

/** Converts each of the emitter's events to a browser event. */
const MAKERS = {
  open: (target: unknown): Event => new SocketEvent('open', target),
  message: (target: unknown, data: RawData, isBinary: boolean): Event =>
    new MessageEvent(target, isBinary ? data : String(data)),
  close: (target: unknown, code: number, reason: Buffer): Event =>
    new CloseEvent(target, code, String(reason)),
  error: (target: unknown, error: Error): Event => new ErrorEvent(target, error),
};

export type EventType = keyof typeof MAKERS;

// The keys of the table are exactly the types.
export const EVENT_TYPES = Object.keys(MAKERS) as readonly EventType[];

export type EventHandler<E = Event> = ((event: E) => void) | { handleEvent(event: E): void };

export interface ListenerOptions {
  readonly once?: boolean | undefined;
}

/** A listener of the emitter that forwards to a handler of browser events. */
interface Adapter {
  (...args: unknown[]): void;
  readonly handler: EventHandler<never>;
  /** Whether it belongs to an attribute such as `onmessage`. */
  readonly isAttribute: boolean;
}

type Emitter = EventEmitter;

/** Adds a handler once; ignores types other than the four of browsers. */
export function addHandler(
  emitter: Emitter,
  type: string,
  handler: EventHandler<never>,
  { once = false, isAttribute = false }: ListenerOptions & { readonly isAttribute?: boolean },
): void {
  if (!Object.hasOwn(MAKERS, type)) return;
  if (!isAttribute && findAdapter(emitter, type, handler) !== undefined) return;
  const adapter = createAdapter(emitter, type as EventType, handler, isAttribute);
  if (once) emitter.once(type, adapter);
  else emitter.on(type, adapter);
}

export function removeHandler(emitter: Emitter, type: string, handler: EventHandler<never>): void {
  const adapter = findAdapter(emitter, type, handler);
  if (adapter !== undefined) emitter.removeListener(type, adapter);
}

/** The value of an attribute such as `onmessage`. */
export function getAttribute(emitter: Emitter, type: EventType): EventHandler<never> | null {
  return adaptersOf(emitter, type).find(({ isAttribute }) => isAttribute)?.handler ?? null;
}

export function setAttribute(
  emitter: Emitter,
  type: EventType,
  handler: EventHandler<never> | null,
): void {
  const previous = adaptersOf(emitter, type).find(({ isAttribute }) => isAttribute);
  if (previous !== undefined) emitter.removeListener(type, previous);
  if (typeof handler === 'function') addHandler(emitter, type, handler, { isAttribute: true });
}

function createAdapter(
  emitter: Emitter,
  type: EventType,
  handler: EventHandler<never>,
  isAttribute: boolean,
): Adapter {
  // Each type of event has its own arguments and handler type, which match.
  const makeEvent = MAKERS[type] as (target: unknown, ...args: unknown[]) => never;
  const listener = (...args: unknown[]): void => {
    const event = makeEvent(emitter, ...args);
    if (typeof handler === 'function') handler.call(emitter, event);
    else handler.handleEvent(event);
  };
  return Object.assign(listener, { handler, isAttribute });
}

function findAdapter(
  emitter: Emitter,
  type: string,
  handler: EventHandler<never>,
): Adapter | undefined {
  return adaptersOf(emitter, type).find((each) => each.handler === handler && !each.isAttribute);
}

function adaptersOf(emitter: Emitter, type: string): Adapter[] {
  return emitter.listeners(type).filter((each): each is Adapter & typeof each => 'handler' in each);
}
