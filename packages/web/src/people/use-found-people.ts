/** Users whose name begins with a text, as the server finds them. */
import { matchName, type UserPayload } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';

const SEARCH_DELAY_MS = 150;

interface FoundPeople {
  readonly people: readonly UserPayload[];
  /** The server could not be asked for this text. */
  readonly hasFailed: boolean;
}

const NOBODY: readonly UserPayload[] = [];

/** Asks the server after a pause in typing. */
export function useFoundPeople(query: string): FoundPeople {
  const { client } = useChat();
  /** Undefined: the search failed. */
  const [found, setFound] = useState<readonly UserPayload[] | undefined>(NOBODY);
  const [answered, setAnswered] = useState('');
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      const found = client.people.find(query).catch(() => undefined);
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
  const people = found ?? NOBODY;
  if (answered === query) return { people, hasFailed: found === undefined };
  // Until the answer arrives, Enter must not choose a person whom the new text does not name.
  const matching = people.filter(
    ({ username, displayName = '' }) =>
      query.trim() !== '' && (matchName([username, displayName], query) ?? 2) < 2,
  );
  return { people: matching, hasFailed: false };
}
