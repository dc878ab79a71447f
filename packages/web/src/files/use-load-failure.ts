/** Whether something of a file could not be loaded: forgotten with the next connection, which tries again. */
import { useEffect, useState } from 'react';
import { useSnapshot } from '../chat-context.ts';

export function useLoadFailure(): readonly [hasFailed: boolean, fail: () => void] {
  const isConnected = useSnapshot(({ connection }) => connection.kind === 'open');
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    if (isConnected) setHasFailed(false);
  }, [isConnected]);
  return [hasFailed, () => setHasFailed(true)];
}
