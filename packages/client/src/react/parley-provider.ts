/** Provides clients to the hooks below it: one made with `createParley`, or those of another server. */
import { createElement, type ReactNode, useState } from 'react';
import type { Parley } from '../core/parley.ts';
import { Clients, ClientsContext, type ClientsOptions } from './clients.ts';
import { ParleyContext } from './parley-state.ts';

export interface ParleyProviderProps extends ClientsOptions {
  /** Client of `useRoom`, `useMessages` and the other hooks over `createParley`. */
  readonly parley?: Parley | undefined;
  readonly children?: ReactNode;
}

/**
 * Hooks over `createParley` need it. `useChatWs` and `useMessagePalWs` need it only for
 * another server; their options are read once, on mount.
 */
export function ParleyProvider({ parley, children, ...options }: ParleyProviderProps): ReactNode {
  const [clients] = useState(() => new Clients(options));
  const below = createElement(ClientsContext.Provider, { value: clients }, children);
  return createElement(ParleyContext.Provider, { value: parley }, below);
}
