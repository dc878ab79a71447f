/** Texts of the dialog that forwards a message, outside of the first load. */
export const forwardStrings = {
  title: 'Forward this message',
  text: 'It is sent as a quote with a link. Files stay with the message, which only people of its room can open.',
  to: 'To',
  places: 'Rooms and people',
  none: 'Nothing found. You can forward to your rooms and conversations.',
  comment: 'Comment (optional)',
  submit: 'Forward',
} as const;
