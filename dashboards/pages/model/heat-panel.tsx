import { useMemo, useState } from 'preact/hooks';
import { navigate } from 'wouter-preact/use-browser-location';
import type { FoundFinding, Model } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { pagePath } from '../../api-path.ts';
import { heatGrid, type HeatGrid, type HeatRow } from '../../charts/heat-grid.ts';
import { HeatLegend } from '../../charts/heat-legend.tsx';
import { HeatMap } from '../../charts/heat-map.tsx';
import { HeatTable } from '../../charts/heat-table.tsx';
import { Choice } from '../../elements/choice.tsx';
import { FindingList } from '../../elements/finding-list.tsx';
import { Empty, Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { plural } from '../../format-number.ts';
import { useLive } from '../../live.ts';
import type { ModelView } from '../../model-view.ts';
import { subjectKind, subjectPath } from '../../subject-path.ts';
import { askedVersion, ofVersion } from '../../versions.ts';
import { detectorChoices, detectorsOf } from './detector-choice.ts';

const EVERY_MS = 15_000;
const MOST_FINDINGS = 100_000;
const MOST_COLUMNS = 160;
const ROWS_AT_FIRST = 25;
const MOST_ROWS = 400;

interface HeatPanelProps {
  readonly model: Model;
  readonly view: ModelView;
}

/** Every judgement of the range: as a heat map of subjects by time, and those that fail as sentences. */
export function HeatPanel({ model, view }: HeatPanelProps) {
  const live = useLive(
    `findings ${model.model} ${view.key}`,
    () => api.findings({ model: model.model, ...view.ask(), version: undefined, limit: MOST_FINDINGS }),
    EVERY_MS,
  );
  const known = live.data?.findings ?? [];
  if (known.length === 0) {
    return (
      <Panel title="What moved">
        <Loaded live={live} rows={12}>
          {() => (
            <Empty>
              <NotJudged model={model} />
            </Empty>
          )}
        </Loaded>
      </Panel>
    );
  }
  return <Loaded live={live}>{({ findings }) => <Judgements model={model} view={view} findings={findings} />}</Loaded>;
}

function Judgements({ model, view, findings }: HeatPanelProps & { readonly findings: readonly FoundFinding[] }) {
  const chosen = useMemo(() => ofVersion(findings, view.version), [findings, view.version]);
  return (
    <>
      <MapPanel model={model} view={view} findings={chosen} />
      <Failing findings={chosen} />
    </>
  );
}

function MapPanel({ model, view, findings }: HeatPanelProps & { readonly findings: readonly FoundFinding[] }) {
  const choices = detectorChoices(model);
  const [choice, setChoice] = useState(choices[0]?.value ?? '');
  const [filter, setFilter] = useState('');
  const [rows, setRows] = useState(ROWS_AT_FIRST);
  const [asTable, setAsTable] = useState(false);
  const wanted = detectorsOf(model, choice);
  const grid = useMemo(
    () =>
      heatGrid(
        findings.filter(({ detector }) => wanted.has(detector)),
        MOST_COLUMNS,
      ),
    [findings, choice],
  );
  const matching = grid.rows.filter(({ subject }) => subject.toLowerCase().includes(filter.trim().toLowerCase()));
  const shown = useMemo(() => matching.slice(0, rows), [grid, filter, rows]);
  return (
    <Panel
      title="What moved"
      note={`Statistic against its limit, worst first, by impact where it is known · ${plural(grid.rows.length, 'row')} · slice ${view.slice}`}
      actions={
        <>
          <Choice label="Show" value={choice} options={choices} onChange={setChoice} />
          {grid.rows.length > 10 && (
            <label class="choice">
              <span>Find</span>
              <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
            </label>
          )}
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            As a table
          </button>
        </>
      }
    >
      <Picture model={model} view={view} grid={grid} rows={shown} asTable={asTable} />
      {matching.length > shown.length && (
        <button type="button" class="more" onClick={() => setRows(MOST_ROWS)}>
          Show {Math.min(matching.length, MOST_ROWS)} rows
        </button>
      )}
      <HeatLegend />
    </Panel>
  );
}

interface PictureProps extends HeatPanelProps {
  readonly grid: HeatGrid;
  readonly rows: readonly HeatRow[];
  readonly asTable: boolean;
}

function Picture({ model, view, grid, rows, asTable }: PictureProps) {
  if (rows.length === 0) return <Empty>No such judgement in this range.</Empty>;
  const rowName = (row: HeatRow) => row.subject || nameOf(model, row);
  const label = `Judgements of ${model.model} over time, ${plural(rows.length, 'row')}`;
  if (asTable) return <HeatTable grid={grid} rows={rows} label={label} rowName={rowName} />;
  return (
    <HeatMap
      grid={grid}
      rows={rows}
      label={label}
      rowName={rowName}
      rowPath={(row) => rowPath(model, view, row)}
      onOpen={(finding) => navigate(subjectPath(finding, { version: askedVersion(view.version) }))}
    />
  );
}

/** What stands for a row without a subject: the score, or the model as a whole. */
function nameOf(model: Model, { worst: { finding } }: HeatRow): string {
  return finding && subjectKind(finding, model) === 'score' ? 'the score' : 'the model';
}

/** A row leads to its subject over the whole range, a cell to the one window. */
function rowPath(model: Model, view: ModelView, row: HeatRow): string {
  const { finding } = row.worst;
  if (!finding) return pagePath(['models', model.model]);
  return subjectPath(finding, {
    version: askedVersion(view.version),
    from: undefined,
    to: undefined,
    ...view.keepTime(),
  });
}

function Failing({ findings }: { readonly findings: readonly FoundFinding[] }) {
  const failing = findings
    .filter(({ state }) => state === 'fail')
    .sort((a, b) => b.window.from.localeCompare(a.window.from));
  return (
    <Panel
      title="Findings that fail"
      note={`Newest first, then by impact · ${plural(failing.length, 'finding')} of ${findings.length} in this range`}
    >
      {failing.length === 0 ? (
        <Empty>Nothing failed in this range.</Empty>
      ) : (
        <FindingList findings={failing} most={6} />
      )}
    </Panel>
  );
}

function NotJudged({ model }: { readonly model: Model }) {
  return (
    <p>
      <strong>No window was judged in this range.</strong>{' '}
      {model.reference === null
        ? `There is no reference yet: the first full windows of ${model.window} become it.`
        : `Windows of ${model.window} are judged as they close. Choose a longer range, or another slice or version.`}
    </p>
  );
}
