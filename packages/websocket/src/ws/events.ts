/** Browser events, and listeners for them on a Node emitter. */
import type { EventEmitter } from 'node:events';
import { ABNORMAL_CLOSURE } from '../protocol/close-codes.ts';
import type { Data, RawData } from './message-data.ts';

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

export interface MessageEvent<Target = unknown> extends SocketEvent<Target> {
  /** Text as a string, binary messages by `binaryType`. */
  readonly data: Data;
}

export interface CloseEvent<Target = unknown> extends SocketEvent<Target> {
  readonly code: number;
  readonly reason: string;
  /** Whether both close frames were seen. */
  readonly wasClean: boolean;
}

export interface ErrorEvent<Target = unknown> extends SocketEvent<Target> {
  readonly error: Error;
  readonly message: string;
}

const FIELDS = {
  open: () => ({}),
  message: (data: RawData, isBinary: boolean) => ({ data: isBinary ? data : String(data) }),
  close: (code: number, reason: Buffer) => ({
    code,
    reason: String(reason),
    wasClean: code !== ABNORMAL_CLOSURE,
  }),
  error: (error: Error) => ({ error, message: error.message }),
};

export type EventType = keyof typeof FIELDS;

// The keys of the table are exactly the types.
export const EVENT_TYPES = Object.keys(FIELDS) as readonly EventType[];

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

/** Adds a handler once; ignores types other than the four of browsers. */
export function addHandler(
  emitter: EventEmitter,
  type: string,
  handler: EventHandler<never>,
  { once = false, isAttribute = false }: ListenerOptions & { readonly isAttribute?: boolean },
): void {
  if (!Object.hasOwn(FIELDS, type)) return;
  if (!isAttribute && findAdapter(emitter, type, handler) !== undefined) return;
  // Each type of event has its own arguments and handler type, which match.
  const readFields = FIELDS[type as EventType] as (...args: unknown[]) => object;
  const listener = (...args: unknown[]): void => {
    const event = Object.assign(new SocketEvent(type, emitter), readFields(...args)) as never;
    if (typeof handler === 'function') handler.call(emitter, event);
    else handler.handleEvent(event);
  };
  const adapter: Adapter = Object.assign(listener, { handler, isAttribute });
  if (once) emitter.once(type, adapter);
  else emitter.on(type, adapter);
}

export function removeHandler(
  emitter: EventEmitter,
  type: string,
  handler: EventHandler<never>,
): void {
  const adapter = findAdapter(emitter, type, handler);
  if (adapter !== undefined) emitter.removeListener(type, adapter);
}

export function getAttribute(emitter: EventEmitter, type: EventType): EventHandler<never> | null {
  return adaptersOf(emitter, type).find(({ isAttribute }) => isAttribute)?.handler ?? null;
}

export function setAttribute(
  emitter: EventEmitter,
  type: EventType,
  handler: EventHandler<never> | null,
): void {
  const previous = adaptersOf(emitter, type).find(({ isAttribute }) => isAttribute);
  if (previous !== undefined) emitter.removeListener(type, previous);
  if (typeof handler === 'function') addHandler(emitter, type, handler, { isAttribute: true });
}

function findAdapter(
  emitter: EventEmitter,
  type: string,
  handler: EventHandler<never>,
): Adapter | undefined {
  return adaptersOf(emitter, type).find((each) => each.handler === handler && !each.isAttribute);
}

function adaptersOf(emitter: EventEmitter, type: string): Adapter[] {
  return emitter.listeners(type).filter((each): each is Adapter & typeof each => 'handler' in each);
}
