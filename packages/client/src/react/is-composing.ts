/** Whether a key belongs to the composition of a character, as of Japanese: it means nothing else. */
export function isComposing({
  isComposing: isWithin,
  keyCode,
}: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  // Safari ends the composition before the key that ended it, and tells by its code.
  return isWithin || keyCode === 229;
}
