/**
 * Whether the focused element was removed from the page. The code that removes or
 * replaces it then sets the focus, so that keyboard and screen reader users keep their
 * place.
 */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Moves the focus to the nearest title around a button that its own press removes. */
export function focusTitle(button: Element | null): void {
  const title = button?.querySelector('h1');
  if (title) title.focus();
  else if (button) focusTitle(button.parentElement);
}
