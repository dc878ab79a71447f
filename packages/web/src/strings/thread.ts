/** Texts of the messages of a thread, outside of the first load. */
export const threadStrings = {
  none: 'No replies yet',
  messages: 'Replies',
  failed: 'The thread could not be loaded.',
  alsoToRoom: 'Also to the room',
} as const;
