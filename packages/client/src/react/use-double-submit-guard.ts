/** Disables the send button for a moment, so that a double click sends once. */
import { useEffect, useState } from 'react';

const SEND_PAUSE_MS = 500;

export function useDoubleSubmitGuard(): readonly [isPaused: boolean, pause: () => void] {
  const [isPaused, setIsPaused] = useState(false);
  useEffect(() => {
    if (!isPaused) return;
    const timer = setTimeout(() => setIsPaused(false), SEND_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [isPaused]);
  return [isPaused, () => setIsPaused(true)];
}
