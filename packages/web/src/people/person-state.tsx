/** Finds out whether a person who is offline can read messages at all. Shows nothing. */
import type { FoundByName, UserId } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { absoluteTime } from '../format-time.ts';
import { useNow } from '../hooks/use-now.ts';
import { peopleStrings } from '../strings/people.ts';

export interface UnusableAccount {
  /** In place of the presence. */
  readonly status: string;
  readonly isDeleted: boolean;
}

/** Interval at which the page checks whether a suspension has ended. */
const CHECK_MS = 5_000;

/** Undefined also for no person. */
export function useUnusableAccount(userId: UserId | undefined): UnusableAccount | undefined {
  const { client } = useChat();
  const isAsked = useSnapshot(
    ({ connection, presence }) =>
      userId !== undefined &&
      connection.kind === 'open' &&
      (presence.get(userId)?.status ?? 'offline') === 'offline',
  );
  const [found, setFound] = useState<FoundByName>();
  useEffect(() => {
    if (!isAsked || userId === undefined) return;
    let isCurrent = true;
    client.account.findUsers([userId]).then(
      ([user]) => isCurrent && setFound(user),
      () => {}, // The presence is shown.
    );
    return () => {
      isCurrent = false;
      setFound(undefined);
    };
  }, [client, userId, isAsked]);
  const { disabled, disabledUntil, deleted } = found ?? {};
  const nowMs = useNow(disabledUntil === undefined ? 0 : CHECK_MS);
  if (disabled === undefined) return undefined;
  if (deleted) return { status: peopleStrings.deleted, isDeleted: true };
  if (disabledUntil === undefined) return { status: peopleStrings.cannotRead, isDeleted: false };
  const endMs = Date.parse(disabledUntil);
  if (endMs <= nowMs) return undefined;
  return { status: peopleStrings.cannotReadUntil(absoluteTime(endMs)), isDeleted: false };
}

interface PersonStateProps {
  readonly userId: UserId;
  readonly onState: (state: UnusableAccount | undefined) => void;
}

export default function PersonState({ userId, onState }: PersonStateProps): null {
  const { status, isDeleted = false } = useUnusableAccount(userId) ?? {};
  useEffect(() => {
    onState(status === undefined ? undefined : { status, isDeleted });
    return () => onState(undefined);
  }, [status, isDeleted, onState]);
  return null;
}
