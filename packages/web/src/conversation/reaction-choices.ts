/** The emojis that the toolbar offers; whatever else others have chosen is shown, and can be joined. */
export const REACTION_CHOICES: readonly string[] = Object.freeze(['👍', '❤️', '😂', '🎉', '👀']);
