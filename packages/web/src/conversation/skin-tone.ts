/** The skin tone that the user chose, stored in this browser: 0 for none, 1 to 5. */

const STORAGE_KEY = 'parley.skin-tone';
const TONE_MAX = 5;

export function readSkinTone(): number {
  try {
    const stored = Number(localStorage.getItem(STORAGE_KEY));
    return Number.isInteger(stored) && stored > 0 && stored <= TONE_MAX ? stored : 0;
  } catch {
    return 0;
  }
}

export function storeSkinTone(tone: number): void {
  try {
    localStorage.setItem(STORAGE_KEY, String(tone));
  } catch {
    // Storage can be forbidden; then the choice lasts as long as the page.
  }
}
