/** Users whose name begins with a text, as the server finds them. */
import type { UserPayload } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../hooks/chat-context.ts';

const SEARCH_DELAY_MS = 150;

/** Asks the server after a pause in typing; an error shows nobody. */
export function useFoundPeople(query: string): readonly UserPayload[] {
  const { client } = useChat();
  const [found, setFound] = useState<readonly UserPayload[]>([]);
  const [answered, setAnswered] = useState('');
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      const found = client.people.find(query).catch(() => []);
      void found.then((users) => {
        if (!isCurrent) return;
        setFound(users);
        setAnswered(query);
      });
    }, SEARCH_DELAY_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [client, query]);
  if (answered === query) return found;
  // Until the answer arrives, Enter must not choose a person whom the new text does not name.
  const wanted = query.trim().toLowerCase();
  const isMatch = (name: string): boolean => wanted !== '' && name.toLowerCase().startsWith(wanted);
  return found.filter(({ username, displayName = '' }) => [username, displayName].some(isMatch));
}
