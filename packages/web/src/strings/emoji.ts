/** Texts of the emoji picker, outside of the first load. */
export const emojiStrings = {
  title: 'Emoji',
  search: 'Search emoji',
  skinTone: 'Skin tone',
  skinTones: ['Default', 'Light', 'Medium light', 'Medium', 'Medium dark', 'Dark'],
  recent: 'Recent',
  custom: 'This server',
  none: 'No emoji found.',
  groups: [
    'Smileys and emotion',
    'People and body',
    '',
    'Animals and nature',
    'Food and drink',
    'Travel and places',
    'Activities',
    'Objects',
    'Symbols',
    'Flags',
  ],
} as const;
