/**
 * Emoji that the toolbar offers. Other emoji that users have chosen are shown, and can be
 * chosen there.
 */
export const REACTION_CHOICES: readonly string[] = Object.freeze(['👍', '❤️', '😂', '🎉', '👀']);
