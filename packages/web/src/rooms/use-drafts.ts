/** Rooms and people with an unsent text or file, the last changed first; threads, edited messages and polls show their own. */
import { useMemo, useSyncExternalStore } from 'react';
import { useChat } from '../chat-context.ts';
import type { DraftKey } from '../drafts/draft-storage.ts';
import { draftKeys } from '../drafts/drafts.ts';

export function useDrafts(): readonly DraftKey[] {
  const { drafts } = useChat();
  const entries = useSyncExternalStore(drafts.subscribe, drafts.entries);
  return useMemo(
    () => draftKeys(entries).filter((key) => !/^(thread|edit|poll)\//.test(key)),
    [entries],
  );
}
