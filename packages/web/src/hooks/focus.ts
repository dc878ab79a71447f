/**
 * Whether the focused element was removed from the page. The code that removes or
 * replaces it then sets the focus, so that keyboard and screen reader users keep their
 * place.
 */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}
