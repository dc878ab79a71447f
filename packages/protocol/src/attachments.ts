import Type from 'typebox';

/** Nothing keeps files yet, and a message without them would not be the one that was sent. */
export const NoAttachments = Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 }));
