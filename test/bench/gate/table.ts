import type { Row } from './row.ts';
import type { Story } from './simulate-rollouts.ts';

/** The comparison as a Markdown table, one line a setting. */
export function asTable(rows: readonly Row[]): string {
  return table(
    [
      'data',
      'margin',
      'harm',
      'gate',
      'z-test, 100 looks',
      'one z-test',
      'Mann-Whitney judge',
      'median events: gate',
      'one z-test',
    ],
    rows.map(({ name, margin, times, found, medianEvents, fixedEvents }) => [
      name,
      `${margin}`,
      times === 0 ? 'none' : `${times} x margin`,
      percent(found.gate),
      percent(found.repeated),
      percent(found.fixed),
      percent(found.judge),
      Number.isFinite(medianEvents) ? whole(medianEvents) : '-',
      whole(fixedEvents),
    ]),
  );
}

/** How whole rollouts ended. */
export function storiesAsTable(stories: readonly Story[]): string {
  return table(
    ['rollouts of', 'rolled back', 'promoted', 'median events to the verdict'],
    stories.map(({ name, rolledBack, promoted, medianEvents }) => [
      name,
      percent(rolledBack),
      percent(promoted),
      Number.isFinite(medianEvents) ? whole(medianEvents) : '-',
    ]),
  );
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function whole(events: number): string {
  return Math.round(events).toLocaleString('en-US');
}
