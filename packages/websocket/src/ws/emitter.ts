/** Node's emitter with listeners whose `this` is the emitter, as in the types of `ws`. */
import { EventEmitter } from 'node:events';

type Listener<This, Values extends unknown[]> = (this: This, ...values: Values) => void;

// biome-ignore lint/suspicious/noExplicitAny: only the emitting code knows the argument types.
type Others = any[];

interface ListenerMethod<This, Events extends Record<keyof Events, unknown[]>> {
  <Name extends keyof Events & string>(name: Name, listener: Listener<This, Events[Name]>): This;
  (name: string | symbol, listener: Listener<This, Others>): This;
}

export interface SocketEmitter<Events extends Record<keyof Events, unknown[]>>
  extends EventEmitter<Events> {
  on: ListenerMethod<this, Events>;
  once: ListenerMethod<this, Events>;
  off: ListenerMethod<this, Events>;
  addListener: ListenerMethod<this, Events>;
  removeListener: ListenerMethod<this, Events>;
  emit<Name extends keyof Events & string>(name: Name, ...values: Events[Name]): boolean;
  emit(name: string | symbol, ...values: Others): boolean;
}

export const SocketEmitter = EventEmitter as unknown as new <
  Events extends Record<keyof Events, unknown[]>,
>() => SocketEmitter<Events>;
