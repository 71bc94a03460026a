import { cell } from './cell.ts';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'serin.theme';
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

/** What the reader chose; `auto` follows the system. */
export const theme = cell<Theme>(remembered());

/** Rises whenever the colours on the screen change, so that canvases draw themselves again. */
export const paint = cell(0);

/** Puts the chosen theme on the document, now and at each change. */
export function applyTheme(): void {
  const apply = () => {
    const chosen = theme.get();
    if (chosen === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    writeStorage(KEY, chosen);
    paint.set(paint.get() + 1);
  };
  apply();
  theme.follow(apply);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => paint.set(paint.get() + 1));
}

/** The theme after this one, in the order of the toggle. */
export function nextTheme(current: Theme): Theme {
  return THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? 'auto';
}

/** Present value of a colour token such as `--fail`, for canvases. */
export function colour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

function remembered(): Theme {
  const stored = readStorage(KEY);
  return THEMES.find((known) => known === stored) ?? 'auto';
}

/** A browser may refuse storage altogether; then nothing is remembered. */
export function readStorage(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function writeStorage(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}
