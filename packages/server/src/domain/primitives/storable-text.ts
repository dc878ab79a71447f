/**
 * Whether every store keeps the text unchanged: PostgreSQL cannot store U+0000, and a lone
 * surrogate has no UTF-8 encoding, so that two texts would become equal.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
