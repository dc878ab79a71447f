/** Node's emitter with listeners whose `this` is the emitter, as in the types of `ws`. */
import { EventEmitter } from 'node:events';

type Listener<This, Values extends unknown[]> = (this: This, ...values: Values) => void;

// biome-ignore lint/suspicious/noExplicitAny: only the emitting code knows the argument types.
type Others = any[];

type Names<Events> = Extract<keyof Events, string>;

export interface SocketEmitter<Events extends Record<keyof Events, unknown[]>>
  extends EventEmitter<Events> {
  on<Name extends Names<Events>>(name: Name, listener: Listener<this, Events[Name]>): this;
  on(name: string | symbol, listener: Listener<this, Others>): this;
  once<Name extends Names<Events>>(name: Name, listener: Listener<this, Events[Name]>): this;
  once(name: string | symbol, listener: Listener<this, Others>): this;
  off<Name extends Names<Events>>(name: Name, listener: Listener<this, Events[Name]>): this;
  off(name: string | symbol, listener: Listener<this, Others>): this;
  addListener<Name extends Names<Events>>(name: Name, listener: Listener<this, Events[Name]>): this;
  addListener(name: string | symbol, listener: Listener<this, Others>): this;
  removeListener<Name extends Names<Events>>(
    name: Name,
    listener: Listener<this, Events[Name]>,
  ): this;
  removeListener(name: string | symbol, listener: Listener<this, Others>): this;
  emit<Name extends Names<Events>>(name: Name, ...values: Events[Name]): boolean;
  emit(name: string | symbol, ...values: Others): boolean;
}

/** The same class with a more specific type. */
export const SocketEmitter = EventEmitter as unknown as new <
  Events extends Record<keyof Events, unknown[]>,
>() => SocketEmitter<Events>;
