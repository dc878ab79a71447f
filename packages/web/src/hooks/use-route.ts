/** The current route, and going to another. The browser's history is the only state. */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { HOME_PATH, parseRoute, type Route } from '../route.ts';

export function useRoute(): Route {
  const path = useSyncExternalStore(subscribe, () => window.location.pathname);
  return useMemo(() => parseRoute(path), [path]);
}

/** Goes to a path of the page; `replace` for what Back should not return to. */
export function navigate(path: string, options: { readonly replace?: boolean } = {}): void {
  if (path === window.location.pathname) return;
  if (options.replace === true) window.history.replaceState(null, '', path);
  else window.history.pushState(null, '', path);
  // The browser tells of Back and Forward only; this tells of the rest.
  window.dispatchEvent(new PopStateEvent('popstate'));
}

/** The bare address becomes the page's own. */
export function useHomeRedirect(): void {
  useEffect(() => {
    if (!window.location.pathname.startsWith(HOME_PATH)) navigate(HOME_PATH, { replace: true });
  }, []);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  return () => window.removeEventListener('popstate', listener);
}
