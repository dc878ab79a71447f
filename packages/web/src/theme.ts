/** Look of the page, stored in this browser: theme (light, dark, or same as the system) and density. */
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

export type Density = 'comfortable' | 'compact';

const DENSITY_KEY = 'parley.density';

export function readDensity(): Density {
  try {
    return localStorage.getItem(DENSITY_KEY) === 'compact' ? 'compact' : 'comfortable';
  } catch {
    // Storage is forbidden, as above.
    return 'comfortable';
  }
}

export function applyDensity(density: Density): void {
  document.documentElement.dataset['density'] = density;
}

export function storeDensity(density: Density): void {
  try {
    localStorage.setItem(DENSITY_KEY, density);
  } catch {
    // Storage is forbidden, as above.
  }
}
