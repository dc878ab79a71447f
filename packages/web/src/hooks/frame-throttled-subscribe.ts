/**
 * Notifies listeners of a store at most once per animation frame: a burst of a thousand
 * frames from the server costs a few renders. A hidden page draws no frames, so a slow
 * timer takes over.
 */
const HIDDEN_PACE_MS = 250;

type Subscribe = (listener: () => void) => () => void;

export function pacedSubscription(subscribe: Subscribe): Subscribe {
  const listeners = new Set<() => void>();
  let unsubscribe: (() => void) | undefined;
  let cancel: (() => void) | undefined;

  const tell = (): void => {
    cancel?.();
    cancel = undefined;
    for (const listener of [...listeners]) listener();
  };
  const schedule = (): void => {
    if (cancel !== undefined) return;
    const frame = requestAnimationFrame(tell);
    const timer = setTimeout(tell, HIDDEN_PACE_MS);
    cancel = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  };

  return (listener) => {
    listeners.add(listener);
    unsubscribe ??= subscribe(schedule);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      unsubscribe?.();
      unsubscribe = undefined;
      cancel?.();
      cancel = undefined;
    };
  };
}
