/** Ids and positions as a client sends them. The domain finds out whether they exist. */
import Type from 'typebox';

// Not every store can be asked for U+0000 or half a character.
export const WireId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000\\p{Cs}]*$',
});

// Not every store can compare larger numbers.
export const WireSequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
