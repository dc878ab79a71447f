/** Names that the page completes to standard emoji, those of GitHub. */

/** Its table is large, and needed only when an emoji is added. */
export async function isStandardName(name: string): Promise<boolean> {
  const { nameToEmoji } = await import('gemoji');
  return Object.hasOwn(nameToEmoji, name);
}
