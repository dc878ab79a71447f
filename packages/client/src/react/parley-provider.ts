/** Provides separate connections to the hooks below it: for another server, or in a test. */
import { createElement, type ReactNode, useState } from 'react';
import { Clients, ClientsContext, type ClientsOptions } from './clients.ts';

export interface ParleyProviderProps extends ClientsOptions {
  readonly children?: ReactNode;
}

/** Not needed if the page comes from the server. Options are read once, on mount. */
export function ParleyProvider({ children, ...options }: ParleyProviderProps): ReactNode {
  const [clients] = useState(() => new Clients(options));
  return createElement(ClientsContext.Provider, { value: clients }, children);
}
