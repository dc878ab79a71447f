/** Texts of the thread column, outside of the first load. */
export const threadStrings = {
  close: 'Close thread',
  none: 'No replies yet',
  label: 'Reply in thread',
  messages: 'Replies',
  loading: 'Loading the thread',
  failed: 'The thread could not be loaded.',
} as const;
