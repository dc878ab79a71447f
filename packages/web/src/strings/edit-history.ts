/** Texts of the earlier texts of a message, outside of the first load. */
export const editHistoryStrings = {
  title: 'Edit history',
  close: 'Close edit history',
  loading: 'Loading the edit history',
  failed: 'The edit history could not be loaded.',
  none: 'Earlier texts of this message are not kept.',
  now: 'now',
} as const;
