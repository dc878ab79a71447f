/**
 * Messages that the server finds for a text, after a pause in typing; without a connection those of
 * them that are on this device.
 */
import {
  ChatError,
  type ClientSnapshot,
  type SearchResultPayload,
  searchLoaded,
  searchMessages,
} from '@parley/client';
import { useCallback, useEffect, useState } from 'react';
import { type Chat, useChat, useSnapshot } from '../chat-context.ts';
import { shownRoomName } from '../rooms/shown-room-name.ts';
import { strings } from '../strings/strings.ts';
import type { Search } from './search-address.ts';

const SEARCH_DELAY_MS = 200;
const NOTHING: readonly FoundMessage[] = [];
const NO_NAMES: readonly string[] = [];

export type FoundMessage = Omit<SearchResultPayload, 'message'> & {
  readonly message: Pick<
    SearchResultPayload['message'],
    'content' | 'id' | 'sender' | 'sequence' | 'timestamp' | 'userId'
  >;
};

interface FoundMessagesView {
  readonly results: readonly FoundMessage[];
  /** The search that the results are of. */
  readonly answered: string | undefined;
  readonly status: 'loading' | 'ready' | 'failed';
  /** Why the search was rejected. */
  readonly problem: string | undefined;
  /** Only what is on this device was searched. */
  readonly isOffline: boolean;
  /** All messages that match, if it is known. */
  readonly total: number | undefined;
  readonly hasMore: boolean;
  /** Messages may be missing. */
  readonly isIncomplete: boolean;
  /** Operators of the text that name nobody, or no room. */
  readonly unknown: readonly string[];
  readonly loadMore: () => void;
}

interface Page {
  readonly key: string;
  readonly results: readonly FoundMessage[];
  readonly total?: number | undefined;
  readonly cursor: string | undefined;
  readonly incomplete?: boolean | undefined;
  readonly unknown?: readonly string[] | undefined;
}

/** From the first failed attempt to connect on, so that a short outage does not change the results. */
function isCutOff({ connection }: Pick<ClientSnapshot, 'connection'>): boolean {
  const isDown = connection.kind === 'waiting' || connection.kind === 'connecting';
  return isDown && (connection.kind === 'waiting' || connection.outage.attempt > 0);
}

/** @param limit Results of a page. */
export function useFoundMessages({ text, sort }: Search, limit: number): FoundMessagesView {
  const { client, user } = useChat();
  const isOffline = useSnapshot(isCutOff);
  const q = text.trim();
  const key = `${sort} ${isOffline} ${q}`;
  const [page, setPage] = useState<Page>();
  const [failure, setFailure] = useState<{ readonly key: string; readonly problem?: string }>();
  const [asked, setAsked] = useState<Page>();
  useEffect(() => {
    if (q === '') return;
    let isCurrent = true;
    const later = asked?.key === key ? asked : undefined;
    const search = async (): Promise<void> => {
      try {
        const before = later?.results ?? [];
        const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
        const found = isOffline
          ? searchHere({ client, user }, { q, sort }, { skip: before.length, limit })
          : await searchMessages(client, { q, sort, limit, timeZone, cursor: later?.cursor });
        if (!isCurrent) return;
        const { total = later?.total, cursor, incomplete, unknown } = found;
        setPage({
          key,
          results: [...before, ...found.results],
          total,
          cursor,
          incomplete,
          unknown,
        });
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
  }, [client, user, isOffline, q, sort, limit, key, asked]);
  const loadMore = useCallback(() => setAsked(page), [page]);
  const isAnswered = page?.key === key;
  const hasFailed = failure?.key === key;
  return {
    // The results of the text before stay until those of the new one are there.
    results: q === '' ? NOTHING : (page?.results ?? NOTHING),
    answered: isAnswered ? q : undefined,
    status: hasFailed ? 'failed' : isAnswered || q === '' ? 'ready' : 'loading',
    problem: hasFailed ? (failure.problem ?? strings.error('UNAVAILABLE')) : undefined,
    isOffline,
    total: isAnswered ? page.total : undefined,
    hasMore: isAnswered && page.cursor !== undefined,
    isIncomplete: isAnswered && page.incomplete === true,
    unknown: isAnswered ? (page.unknown ?? NO_NAMES) : NO_NAMES,
    loadMore,
  };
}

function searchHere(
  { client, user }: Pick<Chat, 'client' | 'user'>,
  search: { readonly q: string; readonly sort: Search['sort'] },
  { skip, limit }: { readonly skip: number; readonly limit: number },
): Omit<Page, 'key'> {
  const snapshot = client.getSnapshot();
  const found = searchLoaded(snapshot, search, { userId: user.id });
  const results = found.slice(skip, skip + limit).map(({ message, highlights, others }) => ({
    message: { ...message, timestamp: new Date(message.sentAtMs).toISOString() },
    room: { id: message.roomId, name: shownRoomName(snapshot, message.roomId) ?? '' },
    highlights,
    inFiles: others,
  }));
  const cursor = found.length > skip + limit ? String(skip + limit) : undefined;
  return { results, total: found.length, cursor };
}
