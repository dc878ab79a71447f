/** Texts of the questions before a removal, outside of the first load. */
export const removalStrings = {
  remove: {
    title: (name: string) => `Remove ${name}?`,
    text: 'They get no more messages from this room. If it is public, they can join it again.',
    confirm: 'Remove',
  },
} as const;
