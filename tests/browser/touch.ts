/** Gestures of a finger. Chrome takes a tap that a busy machine slows down for a long press. */
import type { Locator } from 'playwright-core';

/** Long enough for the result of a gesture, short enough to repeat it several times. */
const ATTEMPT_MS = 8_000;
const ATTEMPTS_MAX = 5;

/** Taps the target, like a user, until the result is shown. */
export function tap(target: Locator, result: Locator): Promise<void> {
  return until(result, () => target.tap({ timeout: ATTEMPT_MS }));
}

/** Repeats the gesture until the result is shown. */
export async function until(result: Locator, gesture: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt += 1) {
    // Before a late result the target may be covered or gone.
    await gesture().catch(() => undefined);
    if (await isShown(result)) return;
  }
  await gesture();
  await result.waitFor();
}

function isShown(result: Locator): Promise<boolean> {
  return result.waitFor({ timeout: ATTEMPT_MS }).then(
    () => true,
    () => false,
  );
}
