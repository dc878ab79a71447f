/** An id as a client gives it; whether there is such a thing, the domain finds out. */
import Type from 'typebox';

// Not every store can be asked for U+0000 or half a character.
export const WireId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000\\p{Cs}]*$',
});
