/**
 * Whether the focused element was removed from the page. The code that removes or
 * replaces it then sets the focus, so that keyboard and screen reader users keep their
 * place.
 */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/**
 * Moves the focus to the nearest title around a button that its own press removes, unless the user
 * has moved it elsewhere meanwhile.
 */
export function focusTitle(button: Element): void {
  if (document.activeElement !== button && !isFocusLost()) return;
  button.closest(':has(h1)')?.querySelector('h1')?.focus();
}
