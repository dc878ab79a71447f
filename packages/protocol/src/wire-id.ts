/** Ids and positions in client input. The domain checks whether they exist. */
import Type from 'typebox';

// Not every store supports U+0000 or lone surrogates in a query.
export const WireId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000\\p{Cs}]*$',
});

// Not every store can compare larger numbers.
export const WireSequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** A position in a room: a sequence, or the id of a message. */
export const WirePosition = Type.Union([WireSequence, WireId]);
