import type { Finding, FoundFinding } from '../../daemon/api/contract.ts';
import { rankByImpact } from '../rank-by-impact.ts';

/** One subject in one window. `severity` is statistic over limit: below 1 passes, from 1 up fails. */
export interface HeatCell {
  readonly state: Finding['state'] | 'none';
  readonly severity: number;
  readonly finding: Finding | null;
}

export interface HeatRow {
  readonly subject: string;
  readonly cells: readonly HeatCell[];
  readonly worst: HeatCell;
}

export interface HeatColumn {
  readonly from: number;
  readonly to: number;
}

/** Subjects down, windows across; rows with trouble first, those with a known impact among themselves by it. */
export interface HeatGrid {
  readonly columns: readonly HeatColumn[];
  readonly rows: readonly HeatRow[];
}

const NONE: HeatCell = { state: 'none', severity: 0, finding: null };
const ORDER = { fail: 3, pass: 2, insufficient: 1, none: 0 } as const;
/** Lower ends of the steps of colour: four for what passes, three for what fails. */
const PASS_STEPS = [0, 0.25, 0.5, 0.75] as const;
const FAIL_STEPS = [1, 1.5, 3] as const;

/**
 * Findings as a grid. Where several fall into one cell (detectors, versions, merged windows) the worst is shown:
 * fail before pass before insufficient, then the higher severity.
 *
 * @param mostColumns more windows than this are merged with their neighbours
 */
export function heatGrid(findings: readonly FoundFinding[], mostColumns: number): HeatGrid {
  const columns = columnsOf(findings, mostColumns);
  const rows = new Map<string, HeatCell[]>();
  const impacts = new Map<string, number>();
  for (const finding of findings) {
    const column = columnAt(columns, Date.parse(finding.window.from));
    const subject = finding.feature ?? '';
    let cells = rows.get(subject);
    if (!cells) rows.set(subject, (cells = columns.map(() => NONE)));
    cells[column] = worse(cells[column] ?? NONE, cellOf(finding));
    const { impact } = finding;
    if (impact) impacts.set(subject, Math.max(impact.size, impacts.get(subject) ?? 0));
  }
  const worstFirst = [...rows]
    .map(([subject, cells]) => ({ subject, cells, worst: cells.reduce(worse, NONE) }))
    .sort((a, b) => trouble(b) - trouble(a) || a.subject.localeCompare(b.subject));
  return { columns, rows: rankByImpact(worstFirst, ({ subject }) => impacts.get(subject)) };
}

/**
 * How far a finding is from its limit as a ratio, whichever side of the limit is the bad one: the state says which
 * side it is on. A finding without a usable ratio stands at the edge of its state.
 */
export function severity(finding: Pick<Finding, 'state' | 'statistic' | 'limit'>): number {
  const { state, statistic, limit } = finding;
  if (state === 'insufficient') return 0;
  const ratio = statistic === null || limit === null || limit === 0 ? Number.NaN : Math.abs(statistic / limit);
  if (!Number.isFinite(ratio)) return state === 'fail' ? 1 : 0;
  const inverse = ratio === 0 ? Number.POSITIVE_INFINITY : 1 / ratio;
  if (state === 'fail') return Math.max(ratio, Number.isFinite(inverse) ? inverse : 1);
  return Math.min(ratio, inverse);
}

/** Which step of the colour scale a cell has: `pass-0` to `pass-3`, `fail-0` to `fail-2`, or its state. */
export function heatStep(cell: Pick<HeatCell, 'state' | 'severity'>): string {
  if (cell.state !== 'pass' && cell.state !== 'fail') return cell.state;
  const steps: readonly number[] = cell.state === 'pass' ? PASS_STEPS : FAIL_STEPS;
  const step = steps.findLastIndex((low) => cell.severity >= low);
  return `${cell.state}-${Math.max(step, 0)}`;
}

function cellOf(finding: Finding): HeatCell {
  return { state: finding.state, severity: severity(finding), finding };
}

function worse(a: HeatCell, b: HeatCell): HeatCell {
  if (ORDER[a.state] !== ORDER[b.state]) return ORDER[a.state] > ORDER[b.state] ? a : b;
  return b.severity > a.severity ? b : a;
}

function trouble(row: HeatRow): number {
  const failing = row.cells.filter((cell) => cell.state === 'fail').length;
  return ORDER[row.worst.state] * 1e6 + Math.min(row.worst.severity, 1000) * 100 + failing;
}

/** Columns of equal length without gaps: a window that nothing was found in stays visible as an empty column. */
function columnsOf(findings: readonly Finding[], most: number): HeatColumn[] {
  const starts = [...new Set(findings.map(({ window }) => Date.parse(window.from)))].sort((a, b) => a - b);
  const first = starts[0];
  if (first === undefined) return [];
  const step = Math.min(...starts.slice(1).map((start, i) => start - (starts[i] ?? 0)), longest(findings));
  const count = Math.floor(((starts.at(-1) ?? first) - first) / step) + 1;
  const width = step * Math.ceil(count / Math.max(most, 1));
  return Array.from({ length: Math.ceil((count * step) / width) }, (_, i) => ({
    from: first + i * width,
    to: first + (i + 1) * width,
  }));
}

function longest(findings: readonly Finding[]): number {
  return findings.reduce((most, { window }) => Math.max(most, Date.parse(window.to) - Date.parse(window.from)), 1);
}

/** The last column that begins at or before a time. */
function columnAt(columns: readonly HeatColumn[], from: number): number {
  let low = 0;
  let high = columns.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((columns[middle]?.from ?? 0) <= from) low = middle;
    else high = middle - 1;
  }
  return low;
}
