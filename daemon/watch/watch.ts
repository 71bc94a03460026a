import type { Logger } from 'pino';
import type { Finding, Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config.ts';
import type { Reference, References } from '../models/references.ts';
import type { Engine } from '../store/engine.ts';
import type { Findings, JudgedFinding } from '../store/findings.ts';
import { readModels } from '../store/traffic.ts';
import { judge, onlySlices, type Summaries } from './judge.ts';
import { forecastWindow, readForecast, readMatured, readReferenceAccuracy } from './read-accuracy.ts';
import { readBudgetsOf, readTraffic } from './read-summaries.ts';
import { wholeWindows, windowAt, windowsIn, type Step } from './windows.ts';

export interface WatchOptions {
  readonly engine: Engine;
  readonly findings: Findings;
  readonly settings: Config['watch'];
  readonly settingsOf: (model: string) => ModelSettings;
  readonly references: References;
  readonly clock: Clock;
  readonly log: Logger;
  /** Hears of every finding of a tick, stored or not; of a subject there may be several, one a window. */
  readonly observe: (findings: readonly Finding[]) => Promise<void>;
}

/** The summaries of a reference, as long as it and the settings that they were read with stay. */
interface Expected {
  readonly of: Reference;
  readonly settings: ModelSettings;
  readonly summaries: Summaries;
}

interface DueWindow {
  readonly window: Window;
  /** False for the open window. */
  readonly final: boolean;
}

const NO_TRAFFIC = { features: [], scores: [], operations: [], budgets: [] } as const;

/** Findings whose last stored state is kept in mind; forgetting them costs a row each. */
const REMEMBERED_STATES = 200_000;

export interface EvaluationRequest {
  readonly model: string;
  readonly reference: Window;
  readonly window: Window;
  readonly step: Step;
  readonly slices?: readonly string[];
  readonly detectors?: readonly string[];
}

/** Judges windows as they grow and as they close, and again when late data touches them. */
export interface Watch {
  tick(): Promise<void>;
  /** Notes that a load changed these stretches of these models. */
  touch(models: ReadonlyMap<string, Window>): void;
  /** Judges any stretch now; nothing is stored. */
  evaluate(
    request: EvaluationRequest,
  ): Promise<{ readonly window: Window; readonly count: number; readonly findings: readonly Finding[] }[]>;
}

export async function openWatch(options: WatchOptions): Promise<Watch> {
  const { engine, settings, settingsOf, clock, log } = options;
  const models = new Set(await readModels(engine));
  const accuracyJudgedAt = new Map<string, number>();
  /** Starts of closed windows that wait to be judged for good, by model. */
  const waiting = new Map<string, Set<number>>();
  /** The state that was last stored of each open finding, so that an unchanged pass is not written again. */
  const lastStored = new Map<string, string>();
  const referenceSummaries = new Map<string, Expected>();

  function waitingFor(model: string): Set<number> {
    const starts = waiting.get(model) ?? new Set();
    waiting.set(model, starts);
    return starts;
  }

  function touch(touched: ReadonlyMap<string, Window>): void {
    const now = clock.now();
    for (const [model, stretch] of touched) {
      models.add(model);
      const length = settingsOf(model).window;
      const oldest = now - settings.back * length;
      const starts = waitingFor(model);
      for (const window of windowsIn({ from: Math.max(stretch.from, oldest), to: stretch.to }, length))
        starts.add(window.from);
    }
  }

  async function expectedOf(model: string, now: number): Promise<Expected | undefined> {
    const reference = await options.references.of(model, now);
    if (reference === undefined) return undefined;
    const known = referenceSummaries.get(model);
    const settingsNow = settingsOf(model);
    if (known !== undefined && known.settings === settingsNow && same(known.of, reference)) return known;
    const summaries = await summariesOf(model, reference.window, now);
    const taken = { of: reference, settings: settingsNow, summaries };
    referenceSummaries.set(model, taken);
    return taken;
  }

  async function summariesOf(model: string, window: Window, now: number): Promise<Summaries> {
    const known = settingsOf(model);
    const [traffic, matured] = await Promise.all([
      readTraffic(engine, model, known, window),
      readMatured(engine, model, known, window, now),
    ]);
    return { ...traffic, ...matured, budgets: [] };
  }

  /** Windows of a model that are due: closed ones that have settled, then the open one. */
  function dueWindows(model: string, now: number): DueWindow[] {
    const length = settingsOf(model).window;
    const starts = waitingFor(model);
    const closed = [...starts]
      .filter((from) => from + length + settings.settle <= now)
      .sort((one, other) => one - other);
    for (const from of closed) starts.delete(from);
    const due = closed.map((from) => ({ window: { from, to: from + length }, final: true }));
    const open = windowAt(now, length);
    const hasTraffic = starts.has(open.from) || settingsOf(model).services.length > 0;
    if (settings.open_windows && hasTraffic) due.push({ window: open, final: false });
    return due;
  }

  async function judgeTraffic(model: string, due: readonly DueWindow[], now: number): Promise<JudgedFinding[]> {
    if (due.length === 0) return [];
    const known = settingsOf(model);
    const expected = await expectedOf(model, now);
    const budgets = await readBudgetsOf(engine, known, now);
    const judged: JudgedFinding[] = [];
    for (const { window, final } of due) {
      const traffic = await readTraffic(engine, model, known, window);
      const newest = window === due.at(-1)?.window;
      const place = { model, window, reference: expected?.of.window ?? null, judgedAt: now, final };
      judged.push(
        ...judge(
          place,
          known,
          { ...traffic, budgets: newest ? budgets : [], outcomes: [] },
          expected?.summaries ?? null,
        ),
      );
    }
    return judged;
  }

  /** Accuracy has windows of its own: the newest whose predictions are old enough for their labels to be trusted. */
  async function judgeAccuracy(model: string, now: number): Promise<JudgedFinding[]> {
    const known = settingsOf(model);
    // Labels trickle in: a hundredth of the stretch is soon enough, and spares a join of raw rows.
    if (now - (accuracyJudgedAt.get(model) ?? 0) < known.accuracy_window / 100) return [];
    accuracyJudgedAt.set(model, now);
    const mature = now - known.label_maturity;
    const whole = windowAt(mature, known.accuracy_window);
    const window = { from: whole.from, to: Math.min(whole.to, mature) };
    const expected = await expectedOf(model, now);
    // Labels of the reference come late too: what it says is read anew each time.
    const reference = expected && (await readReferenceAccuracy(engine, model, known, expected.of.window, now));
    const ahead = forecastWindow(now, known.accuracy_window);
    const matured = await readMatured(engine, model, known, window, now);
    const forecast = await readForecast(engine, model, known, ahead, now, reference);
    const at = { model, reference: expected?.of.window ?? null, judgedAt: now, final: false };
    const against = reference === undefined ? null : { ...NO_TRAFFIC, ...reference };
    return [
      ...judge({ ...at, window }, known, { ...NO_TRAFFIC, ...matured }, against),
      ...judge({ ...at, window: ahead }, known, { ...NO_TRAFFIC, ...forecast }, against),
    ];
  }

  /** What closed, failed or changed; an open window that still passes need not be written again. */
  function worthStoring({ finding }: JudgedFinding): boolean {
    return finding.final || finding.state === 'fail' || lastStored.get(finding.id) !== finding.state;
  }

  const judgedUntil = await options.findings.judgedUntil();
  for (const model of models) {
    touch(new Map([[model, { from: judgedUntil.get(model) ?? 0, to: clock.now() }]]));
  }

  return {
    touch,
    async tick() {
      const now = clock.now();
      if (lastStored.size > REMEMBERED_STATES) lastStored.clear();
      for (const model of models) {
        const due = dueWindows(model, now);
        try {
          const judged = [...(await judgeTraffic(model, due, now)), ...(await judgeAccuracy(model, now))];
          await options.findings.put(judged.filter(worthStoring));
          for (const { finding } of judged) lastStored.set(finding.id, finding.state);
          await options.observe(judged.map(({ finding }) => finding));
        } catch (error) {
          accuracyJudgedAt.delete(model);
          for (const { window, final } of due) if (final) waitingFor(model).add(window.from);
          log.error({ err: error, model }, 'a model could not be judged; trying again at the next tick');
        }
      }
    },
    async evaluate(request) {
      const now = clock.now();
      const known = settingsOf(request.model);
      const slices = (summaries: Summaries): Summaries => onlySlices(summaries, request.slices);
      const reference = slices(await summariesOf(request.model, request.reference, now));
      const answer = [];
      for (const window of wholeWindows(request.window, request.step)) {
        const summaries = slices({
          ...(await summariesOf(request.model, window, now)),
          budgets: await readBudgetsOf(engine, known, window.to),
        });
        const place = { model: request.model, window, reference: request.reference, judgedAt: now, final: true };
        const findings = judge(place, known, summaries, reference, request.detectors).map(({ finding }) => finding);
        const count = Math.max(
          0,
          ...summaries.scores.filter(({ slice }) => slice === 'all').map(({ summary }) => summary.count),
        );
        answer.push({ window, count, findings });
      }
      return answer;
    },
  };
}

function same(one: Reference, other: Reference): boolean {
  return one.version === other.version && one.window.from === other.window.from && one.window.to === other.window.to;
}
