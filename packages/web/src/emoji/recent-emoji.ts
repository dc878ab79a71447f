/** The emoji that the user chose last, stored in this browser. */

const STORAGE_KEY = 'parley.emoji';
const RECENT_MAX = 24;
const DEFAULTS: readonly string[] = Object.freeze(['👍', '❤️', '😂', '🎉', '👀', '✅', '🙏', '🚀']);

export function recentEmoji(count: number): readonly string[] {
  return [...new Set([...readStored(), ...DEFAULTS])].slice(0, count);
}

export function rememberEmoji(emoji: string): void {
  store([...new Set([emoji, ...readStored()])].slice(0, RECENT_MAX));
}

/** Forgets the others, such as custom emoji that were deleted. */
export function keepRecent(isKept: (emoji: string) => boolean): void {
  store(readStored().filter(isKept));
}

function store(recent: readonly string[]): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(recent));
  } catch {
    // Storage can be forbidden; then the defaults are offered.
  }
}

function readStored(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
