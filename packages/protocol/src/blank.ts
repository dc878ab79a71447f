/** Whether anybody would see anything of a text: one rule for all that people write, at both ends. */

/** White space, control characters, what Unicode gives no shape (joiners, fillers, marks of direction), and braille without a dot. */
const UNSEEN = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

export function isBlank(text: string): boolean {
  return UNSEEN.test(text);
}
