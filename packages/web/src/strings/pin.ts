/** Texts of the pinned messages, outside of the first load. */
export const pinStrings = {
  title: 'Pinned messages',
  close: 'Close pinned messages',
  loading: 'Loading pinned messages',
  failed: 'The pinned messages could not be loaded.',
  none: 'Nothing is pinned. Pin a message that everybody here should find again.',
  jump: (sender: string) => `Jump to the message of ${sender}`,
  unpin: (sender: string) => `Unpin the message of ${sender}`,
  more: 'Show more',
} as const;
