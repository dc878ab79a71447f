import { useSyncExternalStore } from 'react';

/** The width below which the style sheets show one column. */
const PHONE_LAYOUT = '(max-width: 720px)';

/** Whether the page shows one column at a time. */
export function usePhoneLayout(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(PHONE_LAYOUT).matches);
}

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(PHONE_LAYOUT);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
