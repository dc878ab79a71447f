/** Texts of the list of drafts, outside of the first load. */
export const draftStrings = {
  none: 'A text or file that you have not sent is kept here.',
  unknown: 'A room',
  discard: (name: string) => `Discard the draft in ${name}`,
} as const;
