import { useSyncExternalStore } from 'react';
import { useChat } from '../chat-context.ts';

export function useIsBlocked(userId: string): boolean {
  const { blocks } = useChat();
  return useSyncExternalStore(blocks.subscribe, () => blocks.has(userId));
}
