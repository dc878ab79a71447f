/** Theme of the page: light, dark, or same as the system; stored in this browser. */
export type Theme = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'parley.theme';

export function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    // Storage can be forbidden; then the choice is kept until the page unloads.
    return 'system';
  }
}

/** Applies the theme; `styles/tokens.css` does the rest. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage is forbidden, as above.
  }
}
