/** Unsent texts of rooms and people; a thread shows its own. */
import { useMemo, useSyncExternalStore } from 'react';
import type { DraftEntries } from '../conversation/draft-storage.ts';
import { useChat } from '../hooks/chat-context.ts';

export function useDrafts(): DraftEntries {
  const { drafts } = useChat();
  const entries = useSyncExternalStore(drafts.subscribe, drafts.entries);
  return useMemo(
    () => entries.filter(([key, text]) => !key.startsWith('thread/') && text.trim() !== ''),
    [entries],
  );
}
