/** Steps of the keyboard through rooms and regions. Loaded on the first use. */

/** Follows the previous or next link of the left column, in the order of the screen. */
export function stepRoom(step: 1 | -1, isUnreadOnly: boolean): void {
  const links = [...document.querySelectorAll<HTMLElement>('nav li a')];
  const current = links.findIndex((link) => link.getAttribute('aria-current') === 'page');
  const at = startOf(current, step);
  const count = links.length;
  for (let moved = 1; moved <= count; moved += 1) {
    const next = links[(at + step * moved + count * 2) % count];
    if (isUnreadOnly && next?.querySelector('[data-unread="true"]') === null) continue;
    next?.click();
    return;
  }
}

/** Moves the focus to the next of: rooms, messages, message box, details. */
export function stepRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.offsetParent !== null,
  );
  const focused = regions.findIndex((region) => region.contains(document.activeElement));
  const at = startOf(focused, step);
  const next = regions[(at + step + regions.length) % regions.length];
  const inside = next?.querySelector<HTMLElement>('textarea, [aria-current="page"], a, button');
  if (next?.matches('[tabindex]')) next.focus();
  else inside?.focus();
}

/** Without a current one (-1), the first step leads to the first one, or back to the last one. */
function startOf(current: number, step: 1 | -1): number {
  return current === -1 && step === -1 ? 0 : current;
}
