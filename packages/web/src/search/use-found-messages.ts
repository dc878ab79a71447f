/** Messages that the server finds for a text, after a pause in typing. */
import { ChatError, type SearchResultPayload, searchMessages } from '@parley/client';
import { useCallback, useEffect, useState } from 'react';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings/strings.ts';
import type { LastSearch } from './last-search.ts';

const SEARCH_DELAY_MS = 200;
const NOTHING: readonly SearchResultPayload[] = [];

interface FoundMessagesView {
  readonly results: readonly SearchResultPayload[];
  /** The search that the results are of. */
  readonly answered: string | undefined;
  readonly status: 'loading' | 'ready' | 'failed';
  /** Why the search was rejected. */
  readonly problem: string | undefined;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
}

interface Page {
  readonly key: string;
  readonly results: readonly SearchResultPayload[];
  readonly cursor: string | undefined;
}

/** @param limit Results of a page. */
export function useFoundMessages({ text, sort }: LastSearch, limit: number): FoundMessagesView {
  const { client } = useChat();
  const q = text.trim();
  const key = `${sort} ${q}`;
  const [page, setPage] = useState<Page>();
  const [failure, setFailure] = useState<{ readonly key: string; readonly problem?: string }>();
  const [asked, setAsked] = useState<Page>();
  useEffect(() => {
    if (q === '') return;
    let isCurrent = true;
    const later = asked?.key === key ? asked : undefined;
    const search = async (): Promise<void> => {
      try {
        const found = await searchMessages(client, { q, sort, limit, cursor: later?.cursor });
        if (!isCurrent) return;
        const results = [...(later?.results ?? []), ...found.results];
        setPage({ key, results, cursor: found.cursor });
        setFailure(undefined);
      } catch (error) {
        const { code } = ChatError.from(error);
        const problem = code === 'VALIDATION_ERROR' ? ChatError.from(error).message : undefined;
        if (isCurrent) setFailure({ key, ...(problem === undefined ? {} : { problem }) });
      }
    };
    const timer = setTimeout(() => void search(), later === undefined ? SEARCH_DELAY_MS : 0);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [client, q, sort, limit, key, asked]);
  const loadMore = useCallback(() => setAsked(page), [page]);
  const isAnswered = page?.key === key;
  const hasFailed = failure?.key === key;
  return {
    // The results of the text before stay until those of the new one are there.
    results: q === '' ? NOTHING : (page?.results ?? NOTHING),
    answered: isAnswered ? q : undefined,
    status: hasFailed ? 'failed' : isAnswered || q === '' ? 'ready' : 'loading',
    problem: hasFailed ? (failure.problem ?? strings.error('UNAVAILABLE')) : undefined,
    hasMore: isAnswered && page.cursor !== undefined,
    loadMore,
  };
}
