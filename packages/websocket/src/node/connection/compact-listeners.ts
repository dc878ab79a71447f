/**
 * The listeners of an emitter in less memory, and called with less work. Node keeps them in
 * `{ __proto__: null }`, a hash table of 185 bytes; an instance of a class with an empty prototype
 * inherits as little, and takes 24, plus 8 for each name; sockets have space for names without
 * listeners, too. Node's own streams set `_events` as well; if a later Node does not use it, this
 * has no effect (docs/decisions/0021).
 */
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';

type ListenerTable = Record<string | symbol, unknown>;

/** Each has its own: V8 gives all tables of a class the space that the first ones need. */
const TABLES = { connection: tableClass(), socket: tableClass() };

interface EmitterWithTable {
  _events?: ListenerTable;
}

type Listener = (this: object, ...event: readonly unknown[]) => unknown;

/** Moves the listeners of the emitter; call it when it has only few. */
export function compactListeners(emitter: object, kind: keyof typeof TABLES = 'connection'): void {
  if (!MAY_USE_INTERNALS) return;
  const table = new TABLES[kind]();
  const { _events: previous = {} } = emitter as EmitterWithTable;
  for (const name of Reflect.ownKeys(previous)) {
    if (previous[name] !== undefined) table[name] = previous[name];
  }
  (emitter as EmitterWithTable)._events = table;
}

/** The listener of `message` if there is exactly one; `undefined`: `emit` finds out. */
export function onlyMessageListener(emitter: object): Listener | undefined {
  const { _events: table } = emitter as EmitterWithTable;
  // By its name in the code: V8 looks a name up that is an argument.
  const found = table instanceof TABLES.connection ? table['message'] : undefined;
  // Several are in an array.
  return typeof found === 'function' ? (found as Listener) : undefined;
}

function tableClass(): new () => ListenerTable {
  const ListenerTable = function ListenerTable() {} as unknown as new () => ListenerTable;
  ListenerTable.prototype = Object.create(null);
  return ListenerTable;
}
