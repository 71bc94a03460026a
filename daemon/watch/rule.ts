import type { Detector, Weighed } from '../../detectors/detector.ts';
import { chanceOfSeries } from '../../detectors/limits/alarm-budget.ts';
import { discoveryBar } from '../../detectors/limits/benjamini-hochberg.ts';
import { chanceOfChart } from '../../detectors/limits/charts-together.ts';
import { isRuled, judgeUnder, settingsAt, withhold, type Ruling } from '../../detectors/limits/judge-under.ts';
import type { OwnVariation } from '../../detectors/limits/own-variation.ts';
import type { Finding, Judgement } from '../../detectors/terms.ts';
import type { JudgedFinding } from '../store/findings.ts';
import { inhibit } from './inhibit.ts';
import { findingId, type Place, type Trial } from './judge.ts';

/** What was decided of a trial; `findingOf` puts it into words. */
export interface Ruled {
  readonly place: Place;
  readonly trial: Trial;
  readonly ruling: Ruling;
  readonly weighed: Weighed;
  /** The failure of the same data's quality that explains this one. */
  readonly inhibitedBy?: string | undefined;
}

/**
 * Decides over the trials of one window of one model: those that failed at their settings are held to the reference's
 * own variation, then to the false-discovery control over everything that was judged with them; a failure of the data's
 * quality inhibits the drift that it explains.
 * @param place its `chance` is that of a false failure anywhere in the window
 * @param variationOf what is known of the own variation of a trial that failed at its settings
 */
export function rule(
  place: Place,
  trials: readonly Trial[],
  variationOf: (trial: Trial) => OwnVariation | null,
): Ruled[] {
  const plain = rulingOf(place, null);
  const held = new Map(trials.filter(isHeld).map((trial) => [trial, hold(place, trial, variationOf(trial))]));
  const candidates = [...held.values()].flatMap(({ judgement }) => pOf(judgement) ?? []);
  const family = trials.filter(
    (trial) => isRuled(trial.detector) && (held.get(trial)?.judgement ?? trial.weighed).state !== 'insufficient',
  );
  const bar = discoveryBar(candidates, family.length, place.chance);
  const charts = ruleCharts(place, trials);
  return inhibit(
    trials.map((trial): Ruled => {
      const chart = charts.get(trial);
      if (chart !== undefined) return chart;
      const found = held.get(trial);
      if (found === undefined) return { place, trial, ruling: plain, weighed: trial.weighed };
      const isCandidate = pOf(found.judgement) !== undefined;
      const ruling = isCandidate ? { ...found.ruling, bar } : found.ruling;
      return { place, trial, ruling, weighed: told(withhold(found.judgement, bar)) };
    }),
  );
}

/** Decides over the charts that fire at a window's chance for all of them, each at its own. */
function ruleCharts(place: Place, trials: readonly Trial[]): ReadonlyMap<Trial, Ruled> {
  const charts = trials.filter(
    ({ detector, weighed }) => detector.atChance !== undefined && weighed.state !== 'insufficient',
  );
  const candidates = charts.filter(({ weighed }) => weighed.state === 'fail');
  const at = ({ detector, against, judged, settings }: Trial, each: number): Weighed =>
    detector.weigh(against, judged.summary, settingsAt(detector, settings, place.chance, each));
  const bar = chanceOfChart(charts.length, candidates, chanceOfSeries(place.chance), (some, each) =>
    some.filter((trial) => at(trial, each).state === 'fail'),
  );
  const ruling = { ...rulingOf(place, null), bar };
  return new Map(candidates.map((trial) => [trial, { place, trial, ruling, weighed: at(trial, bar) }]));
}

/** Whether a trial failed in a way that the reference, and the budget, have a say in. */
function isHeld({ detector, weighed }: Trial): boolean {
  return weighed.state === 'fail' && isRuled(detector);
}

function hold(place: Place, trial: Trial, variation: OwnVariation | null) {
  const ruling = rulingOf(place, variation);
  const { detector, against, judged, settings } = trial;
  return { ruling, judgement: judgeUnder(detector, against, judged.summary, settings, ruling) };
}

function told(judgement: Judgement): Weighed {
  return { state: judgement.state, tell: () => judgement };
}

function rulingOf({ chance, window }: Place, variation: OwnVariation | null): Ruling {
  return { chance, at: window.from, variation, bar: null };
}

/** The p-value of a failure that could count. */
function pOf({ state, details }: Judgement): number | undefined {
  const p = details?.['p_value'];
  return state === 'fail' && typeof p === 'number' ? p : undefined;
}

function referenceOf({ reference, latencyReference = reference }: Place, { needs }: Detector): Finding['reference'] {
  return needs === 'durations' ? latencyReference : reference;
}

/** The finding, with its sentence and all that it was judged on. */
export function findingOf({ place, trial, ruling, weighed, inhibitedBy }: Ruled): JudgedFinding {
  const { detector, judged, against, settings } = trial;
  const { state, statistic, limit, reason, count, interval, details } = weighed.tell();
  // Named one by one: of hundreds of judgements a tick, spreading each costs more than making it.
  const finding: Finding = {
    state,
    statistic,
    limit,
    reason,
    count,
    ...(interval && { interval }),
    ...(details && { details }),
    id: findingId(place, detector.name, judged),
    model: place.model,
    version: judged.version,
    slice: judged.slice,
    detector: detector.name,
    subject: judged.subject,
    window: place.window,
    reference: detector.comparesWithReference ? referenceOf(place, detector) : null,
    judgedAt: place.judgedAt,
    final: place.final,
    ...(inhibitedBy !== undefined && { inhibitedBy }),
  };
  return {
    finding,
    kind: detector.kind,
    settings,
    reference: against,
    window: judged.summary,
    ...((isRuled(detector) || detector.atChance !== undefined) && { ruling }),
  };
}
