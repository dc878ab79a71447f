/** Desktop notifications while the page is open; their code is not in the first load. */
import { useEffect } from 'react';
import type { Chat } from '../chat-context.ts';

export function useNotifications(chat: Chat): void {
  useEffect(() => {
    let isOver = false;
    let stop: (() => void) | undefined;
    const loading = import('./desktop-notifications.ts').then(({ startNotifications }) => {
      if (!isOver) stop = startNotifications(chat);
    });
    // Without a server that has the code, the page has no notifications until it is reloaded.
    loading.catch(() => {});
    return () => {
      isOver = true;
      stop?.();
    };
  }, [chat]);
}
