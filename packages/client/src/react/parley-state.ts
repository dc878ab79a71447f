/** The client of a page for the hooks, and selections of its state. */
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';
import { keeper } from '../core/keep-equal.ts';
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
  const keep = keeper<Value>();
  let last: { state: State; value: Value } | undefined;
  return () => {
    const state = getState();
    if (last?.state !== state) last = { state, value: keep(select(state)) };
    return last.value;
  };
}
