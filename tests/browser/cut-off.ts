/** Finds what a view does not show completely. */
import type { Page } from 'playwright-core';

/**
 * Controls that cannot be scrolled completely into view, and texts that their element clips without
 * an ellipsis. If a dialog or popover is open, only what is in it counts.
 */
export function findCutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    // A change of the window's size is announced with the next frame, before its callbacks.
    await new Promise(requestAnimationFrame);
    const TOLERANCE_PX = 1;
    const surfaces = document.querySelectorAll('dialog[open], :popover-open');
    const scope = surfaces.item(surfaces.length - 1) ?? document.body;
    const nameOf = (element: Element): string =>
      element.outerHTML.replace(element.innerHTML, '').slice(0, 160) +
      (element.textContent ?? '').slice(0, 40);
    const isHiddenText = (element: Element): boolean =>
      element.closest('.visually-hidden') !== null;
    const shown = [...scope.querySelectorAll<HTMLElement>('*')].filter(
      (element) =>
        element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
        !isHiddenText(element),
    );
    const found: string[] = [];
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('the page scrolls');
    for (const element of shown) {
      const { overflowX, overflowY, textOverflow, webkitLineClamp } = getComputedStyle(element);
      const isClipped = (overflow: string): boolean => overflow === 'hidden' || overflow === 'clip';
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '',
      );
      if (!hasText || textOverflow === 'ellipsis' || webkitLineClamp !== 'none') continue;
      const isCut =
        (isClipped(overflowX) && element.scrollWidth > element.clientWidth + TOLERANCE_PX) ||
        (isClipped(overflowY) && element.scrollHeight > element.clientHeight + TOLERANCE_PX);
      if (isCut) found.push(`text: ${nameOf(element)}`);
    }
    // Buttons that the arrow keys reach stand beside the one that is a tab stop.
    const controls = shown.filter(
      (element) => element.tabIndex >= 0 || element.matches('[role^="menuitem"], [role="option"]'),
    );
    for (const control of controls) {
      control.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      let { left, right, top, bottom } = control.getBoundingClientRect();
      const box = { left, right, top, bottom };
      for (let parent = control.parentElement; parent !== null; parent = parent.parentElement) {
        if (getComputedStyle(parent).overflow === 'visible') continue;
        const clip = parent.getBoundingClientRect();
        left = Math.max(left, clip.left);
        right = Math.min(right, clip.right);
        top = Math.max(top, clip.top);
        bottom = Math.min(bottom, clip.bottom);
        if (parent.matches('dialog, [popover]')) break;
      }
      left = Math.max(left, 0);
      right = Math.min(right, window.innerWidth);
      const isTall = box.bottom - box.top > window.innerHeight;
      const lostX = box.right - box.left - (right - left);
      const lostY = isTall ? 0 : box.bottom - box.top - (bottom - top);
      if (lostX > TOLERANCE_PX || lostY > TOLERANCE_PX) found.push(`control: ${nameOf(control)}`);
    }
    return found;
  });
}
