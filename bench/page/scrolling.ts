/** Measures frames while the user scrolls through the messages. */
import type { Page } from 'playwright-core';

const SCROLLING_MS = 6_000;
/** About a strong turn of the wheel, every frame. */
const STEP_PX = 400;

/** Times between two frames in milliseconds: up to older messages, and down again. */
export function framesWhileScrolling(page: Page): Promise<number[]> {
  return page.getByRole('log').evaluate(
    async (log, { scrollingMs, stepPx }) => {
      const frames: number[] = [];
      const beganAtMs = performance.now();
      let beforeMs = beganAtMs;
      while (beforeMs - beganAtMs < scrollingMs) {
        const isDown = beforeMs - beganAtMs > scrollingMs / 2;
        log.scrollBy({ top: isDown ? stepPx : -stepPx });
        const nowMs = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
        frames.push(nowMs - beforeMs);
        beforeMs = nowMs;
      }
      return frames.slice(1);
    },
    { scrollingMs: SCROLLING_MS, stepPx: STEP_PX },
  );
}
