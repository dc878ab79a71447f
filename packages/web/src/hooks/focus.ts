/**
 * What had the focus may have left the page. Whoever took it out, or comes into its
 * place, then says where one goes on, so that keys and screen readers are somewhere.
 */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}
