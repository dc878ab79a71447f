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

/** As typed in `ws`, so that programs can create their own for tests. */
export interface EventFields<Target> {
  readonly type: string;
  readonly target: Target;
}

export interface MessageEvent<Target = unknown> extends EventFields<Target> {
  /** Text as a string, binary messages by `binaryType`. */
  readonly data: Data;
}

export interface CloseEvent<Target = unknown> extends EventFields<Target> {
  readonly code: number;
  readonly reason: string;
  /** Whether both close frames were seen. */
  readonly wasClean: boolean;
}

export interface ErrorEvent<Target = unknown> extends EventFields<Target> {
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of `ws`; programs read its `code`
  readonly error: any;
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

export type EventHandler<E = Event> = ((event: E) => void) | { handleEvent(event: E): void };

export interface ListenerOptions {
  readonly once?: boolean | undefined;
}

/** Identifies the handler of an attribute such as `onmessage`; others identify themselves. */
const ATTRIBUTE = Symbol('attribute');

type HandlerKey = EventHandler<never> | typeof ATTRIBUTE;

/** A listener of the emitter that forwards to a handler of browser events. */
interface Adapter {
  (...args: unknown[]): void;
  readonly handler: EventHandler<never>;
  readonly key: HandlerKey;
}

/** Adds a handler once; ignores types other than the four of browsers. */
export function addHandler(
  emitter: EventEmitter,
  type: string,
  handler: EventHandler<never>,
  { once = false }: ListenerOptions = {},
  key: HandlerKey = handler,
): void {
  if (!Object.hasOwn(FIELDS, type) || findAdapter(emitter, type, key) !== undefined) return;
  // Each type of event has its own arguments and handler type, which match.
  const readFields = FIELDS[type as keyof typeof FIELDS] as (...args: unknown[]) => object;
  const listener = (...args: unknown[]): void => {
    const event = Object.assign(new SocketEvent(type, emitter), readFields(...args)) as never;
    if (typeof handler === 'function') handler.call(emitter, event);
    else handler.handleEvent(event);
  };
  const adapter: Adapter = Object.assign(listener, { handler, key } as const);
  if (once) emitter.once(type, adapter);
  else emitter.on(type, adapter);
}

export function removeHandler(emitter: EventEmitter, type: string, key: HandlerKey): void {
  const adapter = findAdapter(emitter, type, key);
  if (adapter !== undefined) emitter.removeListener(type, adapter);
}

/** Defines `onopen` and the like on a prototype; values other than functions remove the handler. */
export function defineAttributes(prototype: EventEmitter): void {
  for (const type of Object.keys(FIELDS)) {
    Object.defineProperty(prototype, `on${type}`, {
      enumerable: true,
      configurable: true,
      get(this: EventEmitter) {
        return findAdapter(this, type, ATTRIBUTE)?.handler ?? null;
      },
      set(this: EventEmitter, handler: EventHandler<never> | null) {
        removeHandler(this, type, ATTRIBUTE);
        if (typeof handler === 'function') addHandler(this, type, handler, {}, ATTRIBUTE);
      },
    });
  }
}

function findAdapter(emitter: EventEmitter, type: string, key: HandlerKey): Adapter | undefined {
  return emitter
    .listeners(type)
    .find((each): each is Adapter & typeof each => 'key' in each && each.key === key);
}
