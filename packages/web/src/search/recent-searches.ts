/** The last searches of each user, stored in this browser until the user logs out. */
import type { UserId } from '@parley/client';

/** Followed by the id of the user. */
export const SEARCHES_KEY = 'parley.searches.';
const RECENT_MAX = 6;

/** The latest first. */
export function recentSearches(userId: UserId): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(SEARCHES_KEY + userId) ?? '[]');
    return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}

export function rememberSearch(userId: UserId, text: string): void {
  const search = text.trim();
  if (search === '') return;
  const recent = [...new Set([search, ...recentSearches(userId)])].slice(0, RECENT_MAX);
  try {
    localStorage.setItem(SEARCHES_KEY + userId, JSON.stringify(recent));
  } catch {
    // Storage is forbidden or full: the search is not offered again.
  }
}

export function forgetSearches(userId: UserId): void {
  try {
    localStorage.removeItem(SEARCHES_KEY + userId);
  } catch {
    // Storage is forbidden: nothing was stored.
  }
}
