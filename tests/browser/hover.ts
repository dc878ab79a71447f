/** Buttons that are there while the pointer is on a message, which moves when another line appears. */
import type { Locator } from 'playwright-core';

/** Long enough for a press, short enough to repeat it several times. */
const ATTEMPT_MS = 8_000;
const ATTEMPTS_MAX = 5;

/** Points at the message and presses its button; again if the message has moved away meanwhile. */
export async function pressInHovered(message: Locator, name: string): Promise<void> {
  const button = message.getByRole('button', { name, exact: true });
  for (let attempt = 1; ; attempt += 1) {
    await message.hover();
    try {
      return await button.click({ timeout: ATTEMPT_MS });
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
