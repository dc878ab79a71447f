/** Recent activity of others that concerns the user; loaded again when a count of the user changes. */
import type { ActivityEntry, ClientSnapshot, UserPayload } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { callCounts, totalOf } from '../notifications/call-counts.ts';

export interface ActivityView {
  readonly entries: readonly ActivityEntry[];
  readonly status: 'loading' | 'ready' | 'failed';
  readonly reload: () => void;
}

const NONE: readonly ActivityEntry[] = [];

export function useActivity(): ActivityView {
  const { client, user } = useChat();
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const total = useSnapshot((snapshot) => countOf(snapshot, user));
  const [entries, setEntries] = useState(NONE);
  const [status, setStatus] = useState<ActivityView['status']>('loading');
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another count or attempt loads again
  useEffect(() => {
    if (!isConnected) return;
    let isCurrent = true;
    client
      .loadActivity()
      .then((loaded) => {
        if (!isCurrent) return;
        setEntries(loaded);
        setStatus('ready');
      })
      .catch(() => {
        if (isCurrent) setStatus('failed');
      });
    return () => {
      isCurrent = false;
    };
  }, [client, isConnected, total, attempt]);
  return { entries, status, reload: () => setAttempt(attempt + 1) };
}

function countOf(snapshot: ClientSnapshot, user: UserPayload): number {
  return totalOf(callCounts(snapshot, user));
}
