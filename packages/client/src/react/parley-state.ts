/** The client of a page for the hooks, and selections of its state. */
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';
import type { Parley } from '../core/parley.ts';
import type { ClientSnapshot } from '../core/snapshot.ts';

export const ParleyContext = createContext<Parley | undefined>(undefined);

/** @throws {Error} without a `ParleyProvider` that has a client. */
export function useParley(): Parley {
  const parley = useContext(ParleyContext);
  if (parley === undefined) throw new Error('Wrap the page in <ParleyProvider parley={…}>');
  return parley;
}

/**
 * A part of the state. The component is rendered again only if the selected value changed;
 * objects and arrays are compared by their fields. Pass a function that stays the same, or
 * keep it with `useCallback`.
 */
export function useParleyState<Value>(select: (snapshot: ClientSnapshot) => Value): Value {
  const { getSnapshot, subscribe } = useParley();
  const look = useMemo(() => keepEqual(getSnapshot, select), [getSnapshot, select]);
  return useSyncExternalStore(subscribe, look, look);
}

/** Returns the earlier value while it is equal, as `useSyncExternalStore` requires. */
export function keepEqual<State, Value>(
  getState: () => State,
  select: (state: State) => Value,
): () => Value {
  let last: { state: State; value: Value } | undefined;
  return () => {
    const state = getState();
    if (last?.state === state) return last.value;
    const value = select(state);
    const kept = last !== undefined && isShallowEqual(last.value, value) ? last.value : value;
    last = { state, value: kept };
    return kept;
  };
}

function isShallowEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isPlain(one) || !isPlain(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && Object.is(one[key], other[key]));
}

/** Maps and sets have no fields to compare. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}
