/** Characters that change the direction of the text around them. */
const BIDI_CONTROLS = /\p{Bidi_C}/gu;

/**
 * Shows characters that change text direction as a replacement character, so that code, the name
 * of a file or an address reads in its real order.
 */
export function showBidiControls(text: string): string {
  return text.replace(BIDI_CONTROLS, '\ufffd');
}
