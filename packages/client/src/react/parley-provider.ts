/** Provides clients to the hooks below it: one made with `createParley`, or those of another server. */
import { createElement, type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { Parley } from '../core/parley.ts';
import { Clients, ClientsContext, type ClientsOptions } from './clients.ts';
import { ParleyContext } from './parley-state.ts';

export interface ParleyProviderProps extends ClientsOptions {
  /**
   * Client of `useRoom`, `useMessages` and the other hooks over `createParley`. `useChatWs` and
   * `useMessagePalWs` connect to its server, with its `auth` and `environment`.
   */
  readonly parley?: Parley | undefined;
  readonly children?: ReactNode;
}

/**
 * Hooks over `createParley` need it. `useChatWs` and `useMessagePalWs` need it only for
 * another server, or for `auth`. `serverUrl` and `environment` are read once, on mount; of `auth`
 * the latest `getToken` is called.
 */
export function ParleyProvider({ parley, children, ...options }: ParleyProviderProps): ReactNode {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const clients = useMemo(() => {
    const { serverUrl = parley?.options.url, environment = parley?.options.environment } =
      latest.current;
    const auth = latest.current.auth ?? parley?.options.auth;
    const getToken = auth?.getToken && (() => (latest.current.auth ?? auth).getToken?.() ?? '');
    return new Clients({ serverUrl, environment, auth: { getToken } });
  }, [parley]);
  const below = createElement(ClientsContext.Provider, { value: clients }, children);
  return createElement(ParleyContext.Provider, { value: parley }, below);
}
