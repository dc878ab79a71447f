/** Recent activity of others that concerns the user; loaded again when a count of the user changes. */
import {
  type ChatClient,
  type ClientSnapshot,
  listInvitations,
  type UserPayload,
} from '@parley/client';
import { useCallback, useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { callCounts, totalOf } from '../notifications/call-counts.ts';
import { type NextPage, type Page, type Pages, withPage } from './activity-entries.ts';

export interface ActivityView extends Page {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly loadMore: () => void;
  /** Loads the latest page again, and after a failure the page that failed. */
  readonly reload: () => void;
}

const NONE: Pages = {
  entries: [],
  next: { activity: undefined, invitations: undefined },
  isDeep: false,
};

export function useActivity(): ActivityView {
  const { client, user } = useChat();
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const total = useSnapshot((snapshot) => countOf(snapshot, user));
  const [pages, setPages] = useState(NONE);
  const [status, setStatus] = useState<ActivityView['status']>('loading');
  const [attempt, setAttempt] = useState(0);
  /** The page that was asked for last; undefined for the latest one. */
  const [asked, setAsked] = useState<NextPage>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another count or attempt loads again
  useEffect(() => {
    if (!isConnected) return;
    let isCurrent = true;
    if (asked !== undefined) setStatus('loading');
    (asked === undefined ? loadLatest(client) : loadNext(client, asked))
      .then((page) => {
        if (!isCurrent) return;
        setPages((before) => withPage(before, page, asked !== undefined));
        setStatus('ready');
      })
      .catch(() => {
        if (isCurrent) setStatus('failed');
      });
    return () => {
      isCurrent = false;
    };
  }, [client, isConnected, asked, attempt]);
  const [seenTotal, setSeenTotal] = useState(total);
  const reload = (): void => {
    setAsked(status === 'failed' ? asked : undefined);
    setAttempt(attempt + 1);
  };
  if (total !== seenTotal) {
    setSeenTotal(total);
    setAsked(undefined);
    setAttempt(attempt + 1);
  }
  const { entries, next } = pages;
  const loadMore = useCallback(() => setAsked(next), [next]);
  return { entries, status, next, loadMore, reload };
}

async function loadLatest(client: ChatClient): Promise<Page> {
  const { entries, next: activity, moreInvitations } = await client.loadActivity();
  return { entries, next: { activity, invitations: moreInvitations ? '' : undefined } };
}

async function loadNext(client: ChatClient, { activity, invitations }: NextPage): Promise<Page> {
  const [later, invited] = await Promise.all([
    activity === undefined ? undefined : client.loadActivity(activity),
    invitations === undefined ? undefined : listInvitations(client, invitations || undefined),
  ]);
  return {
    entries: [...(later?.entries ?? []), ...(invited?.invitations ?? [])],
    next: { activity: later?.next, invitations: invited?.next },
  };
}

function countOf(snapshot: ClientSnapshot, user: UserPayload): number {
  return totalOf(callCounts(snapshot, user));
}
