/** A list of the user's own in the settings, whose entries can be removed. */
import { type ChatClient, ChatError, type ErrorCode } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { focusTitle } from '../hooks/focus.ts';
import { strings } from '../strings/strings.ts';

export interface EntrySource<Entry extends { readonly id: string }> {
  readonly list: (client: ChatClient) => Promise<readonly Entry[]>;
  readonly remove: (client: ChatClient, id: Entry['id']) => Promise<unknown>;
  /** Why an entry was not removed. */
  readonly notRemoved: (code: ErrorCode, details: ChatError['details']) => string;
}

/** `source` is constant; `entries` is undefined until they are loaded. */
export function useRemovableEntries<Entry extends { readonly id: string }>(
  source: EntrySource<Entry>,
) {
  const { client } = useChat();
  const [entries, setEntries] = useState<readonly Entry[]>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    source
      .list(client)
      .then((listed) => isCurrent && setEntries(listed))
      .catch((error) => isCurrent && setProblem(strings.error(ChatError.from(error).code)));
    return () => {
      isCurrent = false;
    };
  }, [client, source]);
  /** `button` loses the focus with its entry. */
  const remove = async (id: Entry['id'], button: Element): Promise<void> => {
    setProblem(undefined);
    try {
      await source.remove(client, id);
    } catch (error) {
      const { code, details } = ChatError.from(error);
      // It is already gone, which is the wanted result.
      if (code !== 'NOT_FOUND') return setProblem(source.notRemoved(code, details));
    }
    focusTitle(button);
    setEntries((listed) => listed?.filter((each) => each.id !== id));
  };
  return { entries, problem, remove, setEntries };
}
