/** The part of a key event that tells a key from a shortcut. */
type PressedKey = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/**
 * The pressed key, or undefined if Alt, Ctrl or Meta is held: then it is a shortcut of the page, the
 * browser or the system, which no single element may take.
 */
export function plainKey({ key, altKey, ctrlKey, metaKey }: PressedKey): string | undefined {
  return altKey || ctrlKey || metaKey ? undefined : key;
}
