/**
 * Control characters, line and paragraph separators, and marks that change the direction of the
 * following text. Texts that are shown in one line have none.
 */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}

export function withoutControl(text: string): string {
  return text.replaceAll(new RegExp(CONTROL, 'gu'), '');
}
