/** The current banner; checks the clock only while there is a time to count down. */
import { useEffect, useState } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { useNow } from '../hooks/use-now.ts';
import {
  CAUGHT_UP_SHOWN_MS,
  type ConnectionNotice,
  connectionNotice,
  isLossShown,
} from './connection-notice.ts';

const TICK_MS = 250;

export function useConnectionNotice(): ConnectionNotice {
  const connection = useSnapshot((snapshot) => snapshot.connection);
  const caughtUp = useSnapshot((snapshot) => snapshot.caughtUp);
  const [outageShownAtMs, setOutageShownAtMs] = useState<number>();
  const isDown = connection.kind === 'connecting' || connection.kind === 'waiting';
  const nowMs = useNow(isDown || outageShownAtMs !== undefined ? TICK_MS : 0);
  const notice = connectionNotice({ connection, caughtUp, nowMs, outageShownAtMs });

  const isLost = isLossShown(notice);
  useEffect(() => {
    if (isLost) setOutageShownAtMs(Date.now());
  }, [isLost]);
  const isOver =
    connection.kind === 'open' &&
    outageShownAtMs !== undefined &&
    caughtUp !== undefined &&
    caughtUp.atMs >= outageShownAtMs &&
    nowMs - caughtUp.atMs >= CAUGHT_UP_SHOWN_MS;
  useEffect(() => {
    if (isOver) setOutageShownAtMs(undefined);
  }, [isOver]);
  return notice;
}
