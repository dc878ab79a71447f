/** The client's own name for a command: what makes a retry the same command. */
import Type from 'typebox';
import { LIMITS } from './limits.ts';

export const OptionalClientMessageId = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: LIMITS.clientMessageIdLengthMax,
    // Not every store keeps U+0000 and half characters: two ids would become one.
    pattern: '^[^\\u0000\\p{Cs}]*$',
  }),
);
