import { useCell } from '../cell.ts';
import { nextTheme, theme } from '../theme.ts';

/** Light, dark, or as the system says. */
export function ThemeToggle() {
  const chosen = useCell(theme);
  const next = nextTheme(chosen);
  return (
    <button type="button" class="quiet" title={`Change to ${next}`} onClick={() => theme.set(next)}>
      Theme: {chosen}
    </button>
  );
}
