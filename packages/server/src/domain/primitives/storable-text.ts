/**
 * Whether every store keeps the text as it is: PostgreSQL has none with U+0000, and half
 * a character has no UTF-8, so that two texts would become one.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
