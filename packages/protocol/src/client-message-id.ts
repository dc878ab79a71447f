/** The id that a client gives a command: a retry with the same id is the same command. */
import Type from 'typebox';
import { LIMITS } from './limits.ts';

export const OptionalClientMessageId = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: LIMITS.clientMessageIdLengthMax,
    // Not every store keeps U+0000 and lone surrogates: two ids would become equal.
    pattern: '^[^\\u0000\\p{Cs}]*$',
  }),
);
