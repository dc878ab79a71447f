/**
 * The listeners of an emitter in less memory, and called with less work. Node keeps them in
 * `{ __proto__: null }`, a hash table of 185 bytes; an instance of a class with an empty prototype
 * inherits as little, and takes 24, plus 8 for each name. Node's own streams set `_events` as well;
 * if a later Node does not use it, this has no effect (docs/decisions/0021).
 */
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';

interface ListenerTable {
  [name: string | symbol]: unknown;
}

const ListenerTable = function ListenerTable() {} as unknown as new () => ListenerTable;
ListenerTable.prototype = Object.create(null);

type EmitterWithTable = { _events?: ListenerTable };

type Listener = (this: object, ...event: readonly unknown[]) => unknown;

/** Call it before the emitter has listeners. */
export function compactListeners(emitter: object): void {
  if (!MAY_USE_INTERNALS) return;
  (emitter as EmitterWithTable)._events = new ListenerTable();
}

/** The listener of `message` if there is exactly one; `undefined`: `emit` finds out. */
export function onlyMessageListener(emitter: object): Listener | undefined {
  const { _events: table } = emitter as EmitterWithTable;
  // By its name in the code: V8 looks a name up that is an argument.
  const found = table instanceof ListenerTable ? table['message'] : undefined;
  // Several are in an array.
  return typeof found === 'function' ? (found as Listener) : undefined;
}
