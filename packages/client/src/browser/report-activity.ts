/** Reports that the user is active in this tab, so that the server shows the user as away otherwise. */
import type { CoreClient } from '../core/core-client.ts';

const EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'] as const;
/** Time without reports while the user is active; while the user appears as away, a shorter one. */
const INTERVAL_MS = 30_000;
const AWAY_INTERVAL_MS = 2_000;

/** Returns a function that ends the reports. A tab that connects again does not end an absence. */
export function reportActivity(
  client: Pick<CoreClient, 'getSnapshot' | 'subscribe' | 'reportActivity'>,
): () => void {
  const abort = new AbortController();
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  const isAway = (): boolean => {
    const { user, presence } = client.getSnapshot();
    return user !== undefined && presence.get(user.id)?.status === 'away';
  };
  const report = (): void => {
    const waitMs = isAway() ? AWAY_INTERVAL_MS : INTERVAL_MS;
    if (Date.now() - reportedAtMs < waitMs) return;
    reportedAtMs = Date.now();
    client.reportActivity();
  };
  const followConnection = (): void => {
    const { kind } = client.getSnapshot().connection;
    if ((kind === 'open') === isOpen) return;
    isOpen = kind === 'open';
    if (isOpen) client.reportActivity({ idle: isAway() });
  };
  for (const event of EVENTS) {
    globalThis.addEventListener?.(event, report, {
      ...{ capture: true, passive: true, signal: abort.signal },
    });
  }
  const unsubscribe = client.subscribe(followConnection);
  followConnection();
  return () => {
    abort.abort();
    unsubscribe();
  };
}
