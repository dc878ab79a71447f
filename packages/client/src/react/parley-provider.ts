/** Gives the hooks below it connections of their own: to another server, or in a test. */
import { createElement, type ReactNode, useState } from 'react';
import { Clients, ClientsContext, type ClientsOptions } from './clients.ts';

export interface ParleyProviderProps extends ClientsOptions {
  readonly children?: ReactNode;
}

/** Not needed where the page comes from the server. Its options count once, when it is mounted. */
export function ParleyProvider({ children, ...options }: ParleyProviderProps): ReactNode {
  const [clients] = useState(() => new Clients(options));
  return createElement(ClientsContext.Provider, { value: clients }, children);
}
