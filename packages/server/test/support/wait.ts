/** Waiting with a deadline for external events. */

/**
 * The deadline of every wait in tests, far more than any wait takes: on a busy machine a process may
 * stand still for seconds, and a cluster that lost a node recovers in half a minute. On a slow machine it is
 * as much longer as `npm test` has measured.
 */
export const DEADLINE_MS =
  120_000 * Math.max(1, Number(process.env['PARLEY_TEST_FACTOR'] ?? 1) / 2);
/** A condition that is checked each millisecond takes the CPU time of what it waits for. */
const PAUSE_MS_MAX = 20;

/** Resolves once the condition holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (let pauseMs = 1; !(await condition()); pauseMs = Math.min(1.2 * pauseMs, PAUSE_MS_MAX)) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/**
 * Connects until accepted. An overloaded server rejects with 503, which asks the client to retry;
 * any server may be overloaded on a slow machine.
 */
export async function connectUntilAccepted<C extends { readonly status: Promise<number> }>(
  connect: () => C,
): Promise<C> {
  let client = connect();
  await until(async () => {
    if ((await client.status) !== 503) return true;
    client = connect();
    return false;
  }, 'the server to have room again');
  return client;
}

export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  return within(promise, DEADLINE_MS, () => {
    throw new Error(`waited in vain for ${what}`);
  });
}

/** Waits for the promise, but no longer than this; then the result is that of `onLate`. */
export async function within<T, L>(
  promise: Promise<T>,
  timeMs: number,
  onLate: () => L,
): Promise<T | L> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeMs);
  try {
    return await Promise.race([promise, late.then(onLate)]);
  } finally {
    clearTimeout(timer);
  }
}
