/** The list of followed threads: loaded with each connection, and after each change on any device. */
import {
  ChatError,
  type ErrorCode,
  type FollowedThread,
  type FollowedThreadsPage,
  listThreads,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';

interface FollowedThreads {
  /** Undefined until they are loaded. */
  readonly threads: readonly FollowedThread[] | undefined;
  readonly hasMore: boolean;
  readonly problem: ErrorCode | undefined;
  readonly loadMore: () => void;
}

export function useFollowedThreads(): FollowedThreads {
  const { client } = useChat();
  const [page, setPage] = useState<FollowedThreadsPage>();
  const [problem, setProblem] = useState<ErrorCode>();
  useEffect(() => {
    let isCurrent = true;
    let isLoading = false;
    let isOutdated = false;
    const load = async (): Promise<void> => {
      // Many changes at once are few requests.
      isOutdated = isLoading;
      if (isLoading) return;
      isLoading = true;
      try {
        const loaded = await listThreads(client);
        if (isCurrent) {
          setProblem(undefined);
          setPage(loaded);
        }
      } catch (error) {
        if (isCurrent) setProblem(ChatError.from(error).code);
      }
      isLoading = false;
      if (isOutdated && isCurrent) await load();
    };
    const ends = [
      atEachConnection(client, () => void load()),
      client.onNotice('thread_changed', () => void load()),
    ];
    return () => {
      isCurrent = false;
      for (const end of ends) end();
    };
  }, [client]);
  const loadMore = async (): Promise<void> => {
    try {
      const more = await listThreads(client, { after: page?.next });
      setPage((before) => {
        const known = new Set(before?.threads.map(({ id }) => id));
        const added = more.threads.filter(({ id }) => !known.has(id));
        return { ...more, threads: [...(before?.threads ?? []), ...added] };
      });
    } catch (error) {
      setProblem(ChatError.from(error).code);
    }
  };
  const hasMore = page?.next !== undefined;
  return { threads: page?.threads, hasMore, problem, loadMore: () => void loadMore() };
}
