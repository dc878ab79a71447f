import { useEffect, useRef } from 'react';
import { useChat } from '../chat-context.ts';
import type { DraftKey } from '../drafts/draft-storage.ts';

/** Calls back when another tab has sent or discarded the draft. */
export function useRemovedDraft(key: DraftKey, onRemoved: () => void): void {
  const { drafts } = useChat();
  const latest = useRef(onRemoved);
  latest.current = onRemoved;
  useEffect(
    () =>
      drafts.subscribe((removed) => {
        if (removed.includes(key)) latest.current();
      }),
    [drafts, key],
  );
}
