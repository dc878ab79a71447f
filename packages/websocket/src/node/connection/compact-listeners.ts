/**
 * Where an emitter keeps its listeners, in less memory.
 *
 * A new `EventEmitter` of Node's keeps them in `{ __proto__: null }`, which V8 makes a
 * hash table of from the start: 185 bytes before the first listener. An instance of a
 * class with an empty prototype inherits as little, and takes 24, and 8 for each name.
 *
 * `_events` is what Node's own streams set for the same reason. Where it is no more,
 * this sets a property that nobody reads (docs/decisions/0021).
 */
interface ListenerTable {
  [name: string | symbol]: unknown;
}

const ListenerTable = function ListenerTable() {} as unknown as new () => ListenerTable;
ListenerTable.prototype = Object.create(null);

/** To be called before the emitter has listeners. */
export function compactListeners(emitter: object): void {
  (emitter as { _events?: ListenerTable })._events = new ListenerTable();
}
