/**
 * Stores the listeners of an emitter in less memory: Node keeps them in `{ __proto__: null }`, a
 * hash table of 185 bytes. An instance of a class with an empty prototype inherits as little, and
 * takes 24, plus 8 for each name. Node's own streams set `_events` as well; if a later Node does
 * not use it, this has no effect (docs/decisions/0021).
 */
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';

interface ListenerTable {
  [name: string | symbol]: unknown;
}

const ListenerTable = function ListenerTable() {} as unknown as new () => ListenerTable;
ListenerTable.prototype = Object.create(null);

/** Call it before the emitter has listeners. */
export function compactListeners(emitter: object): void {
  if (!MAY_USE_INTERNALS) return;
  (emitter as { _events?: ListenerTable })._events = new ListenerTable();
}
