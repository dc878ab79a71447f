/** Whether a text has no visible character: one rule for all user input, in the server and in clients. */

/** White space, control characters, characters without a shape (joiners, fillers, direction marks) and the blank braille pattern. */
const INVISIBLE = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

export function isBlank(text: string): boolean {
  return INVISIBLE.test(text);
}
