/** Whether a key belongs to the composition of a character, as of Japanese: it means nothing else. */
export function isComposing(key: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  // Safari reports the key that ends the composition after its end, with this code.
  return key.isComposing || key.keyCode === 229;
}
