/** Texts of the list of members. */
export const memberStrings = Object.freeze({
  find: 'Find members',
  you: 'you',
  cut: 'More members fit. Type more of the name.',
  none: 'No member has this name.',
  loading: 'Loading members',
  role: { owner: 'Owner', moderator: 'Moderator' },
  failed: 'The members cannot be loaded.',
});
