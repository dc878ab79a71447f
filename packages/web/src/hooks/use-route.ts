/** The current route, and navigation. The browser's history is the only state. */
import { useMemo, useSyncExternalStore } from 'react';
import { HOME_PATH, parseRoute, type Route } from '../route.ts';

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, currentAddress);
  return useMemo(() => parseRoute(address), [address]);
}

/** Path and query of the page, to return to it. */
export function currentAddress(): string {
  const { pathname, search } = window.location;
  return pathname + search;
}

/** Navigates to a path of the page; `replace` if Back should not return to the current one. */
export function navigate(path: string, options: { readonly replace?: boolean } = {}): void {
  if (path === currentAddress()) return;
  if (options.replace === true) window.history.replaceState(null, '', path);
  else window.history.pushState(null, '', path);
  // The browser fires `popstate` only for Back and Forward; other navigation fires it
  // here.
  window.dispatchEvent(new PopStateEvent('popstate'));
}

/**
 * Replaces the path `from`, which needed no decision of the user; nothing if the user has gone elsewhere:
 * an effect of the former view may still run after a link was followed.
 */
export function redirect(from: string, to: string): void {
  if (window.location.pathname === from) navigate(to, { replace: true });
}

/** Redirects the root address to the home path, before the page is shown. */
export function redirectHome(): void {
  if (!window.location.pathname.startsWith(HOME_PATH)) navigate(HOME_PATH, { replace: true });
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  return () => window.removeEventListener('popstate', listener);
}
