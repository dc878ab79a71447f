/** Texts of rooms in which the user cannot write, outside of the first load. */
export const readOnlyStrings = Object.freeze({
  archived: 'This room is archived: it can be read, but nothing new is accepted.',
  muted: (time: string, reason: string) =>
    `You cannot write here until ${time}${reason === '' ? '.' : `: ${reason}`}`,
  moderators: 'Only the moderators of this room write here. You can react to their messages.',
});
