import type { Detector } from '../detector.ts';
import type { Judgement, Summary } from '../terms.ts';
import { chanceOfSeries } from './alarm-budget.ts';
import { chanceFrom, expectNext, limitFrom, type Expected, type OwnVariation } from './own-variation.ts';
import { scaleOf } from './scale-of.ts';

/** What a judgement is held to besides the settings of its detector. */
export interface Ruling {
  /** How rarely this judgement alone may fail when nothing is wrong; from the false-alarm budget. */
  readonly chance: number;
  /** Start of the window, Unix milliseconds. */
  readonly at: number;
  /** Null where the reference has none, or none was needed: what passes at its setting passes. */
  readonly variation: OwnVariation | null;
  /**
   * The p-value at and below which failures among all judgements of the window count; of a chart, the chance of a false alarm at
   * a point that it is held to. Null before it is known.
   */
  readonly bar: number | null;
}

/** Whether failures of a detector count against the false-alarm budget one by one, each with a p-value. */
export function isRuled({ comparesWithReference, needs, settings }: Detector): boolean {
  return comparesWithReference && needs !== 'series' && 'chance' in settings;
}

/**
 * The settings of a first judgement: at the limit that was set, and what sampling noise reaches with this chance; of a chart
 * over a series, at a threshold that is passed as rarely as its part of the budget says.
 * @param each the chance of a false alarm at a point that a chart is held to, once it is known
 */
export function settingsAt(
  detector: Detector,
  settings: Readonly<Record<string, number>>,
  chance: number,
  each = chanceOfSeries(chance),
): Readonly<Record<string, number>> {
  if (detector.atChance !== undefined) return { ...settings, ...detector.atChance(each, settings) };
  return isRuled(detector) ? { ...settings, chance } : settings;
}

/**
 * Judges for good: against the worse of the setting, sampling noise and what the reference's own chunks reach with the
 * ruling's chance; a failure states its p-value, and is withheld where that is above the bar. A reference without enough
 * chunks leaves it to sampling noise, at the detector's own `chance`.
 */
export function judgeUnder(
  detector: Detector,
  reference: Summary | null,
  window: Summary,
  settings: Readonly<Record<string, number>>,
  ruling: Ruling,
): Judgement {
  const atFirst = settingsAt(detector, settings, ruling.chance, ruling.bar ?? undefined);
  const first = detector.judge(reference, window, atFirst);
  if (!isRuled(detector) || first.state !== 'fail') return first;
  const noiseChanceOf = (): number => noiseChance(detector, reference, window, settings, ruling.chance);
  const scale = scaleOf(detector);
  const expected = ruling.variation === null ? undefined : expect(detector, settings, ruling.variation, ruling.at);
  if (expected === undefined || ruling.variation === null)
    return withP(detector.judge(reference, window, settings), noiseChanceOf(), ruling.bar);
  // A window that holds less than a chunk does scatters more, by the part of its noise that a chunk has not.
  const lacking = 1 - first.count / ruling.variation.usualCount;
  const noiseAt = lacking > 0 ? noiseBeyond(detector, reference, window, settings) : undefined;
  const harmAt = (chance: number): number =>
    noiseAt === undefined
      ? limitFrom(expected, chance)
      : together(detector, limitFrom(expected, chance / 2), noiseAt(chance / 2), lacking);
  const judged = detector.judge(
    reference,
    window,
    { ...settings, chance: ruling.chance },
    { limit: scale.statisticOf(harmAt(ruling.chance)), says: saySource(expected) },
  );
  if (judged.state !== 'fail' || judged.statistic === null) return judged;
  const harm = scale.harmOf(judged.statistic);
  const ownChance =
    noiseAt === undefined ? chanceFrom(expected, harm) : chanceBelow(ruling.chance, (chance) => harm > harmAt(chance));
  return withP(judged, Math.max(ownChance, noiseChanceOf()), ruling.bar);
}

/** What the reference leads to expect, on the scale of harm; of a level no harm is too small to matter. */
function expect(
  detector: Detector,
  settings: Readonly<Record<string, number>>,
  variation: OwnVariation,
  at: number,
): Expected | undefined {
  const { harmOf } = scaleOf(detector);
  const statistics = variation.statistics.map((statistic) => (statistic === null ? null : harmOf(statistic)));
  const floor = detector.level === undefined ? (settings['limit'] ?? 0) : Infinity;
  return expectNext({ ...variation, statistics }, at, floor);
}

/**
 * The largest harm where the reference goes so far and noise so far, of whose variance a part counts: distances add up; where
 * they are squared, their roots do; of levels, their logarithms.
 */
function together({ squared, level }: Detector, own: number, noise: number, part: number): number {
  if (level !== undefined) return own * noise ** Math.sqrt(part);
  return squared === true ? (Math.sqrt(own) + Math.sqrt(noise * part)) ** 2 : own + noise * Math.sqrt(part);
}

/** What sampling noise alone reaches with a chance, whatever the setting tolerates: the harm, or of a level how many times that of the reference. */
function noiseBeyond(
  detector: Detector,
  reference: Summary | null,
  window: Summary,
  settings: Readonly<Record<string, number>>,
): (chance: number) => number {
  const { harmOf } = scaleOf(detector);
  const intolerant = { ...settings, ...nothingTolerated(detector) };
  const at = (chance: number): Judgement => detector.judge(reference, window, { ...intolerant, chance });
  if (detector.level === undefined) return (chance) => at(chance).limit ?? 0;
  const even = at(0.5);
  const known = even.details?.['reference'];
  const usual = harmOf(typeof known === 'number' ? known : (even.limit ?? 0));
  return (chance) => Math.max(1, harmOf(at(chance).limit ?? 0) / usual);
}

/** The setting that says how much is tolerated, at what tolerates nothing. */
function nothingTolerated({ settings, fails }: Detector): Readonly<Record<string, number>> {
  if ('limit' in settings) return { limit: fails === 'above' ? 0 : Infinity };
  if ('drop' in settings) return { drop: 0 };
  return { growth: settings['growth']?.range?.[0] ?? 0 };
}

/** A failure whose p-value is above the bar passes, and says so. */
export function withhold(judgement: Judgement, bar: number | null): Judgement {
  const p = judgement.details?.['p_value'];
  if (judgement.state !== 'fail' || bar === null || typeof p !== 'number' || p <= bar) return judgement;
  return {
    ...judgement,
    state: 'pass',
    reason: `${judgement.reason}; withheld: among all that is judged in one window, one as unusual as this turns up by chance`,
    details: { ...judgement.details, withheld: 'false-discovery control' },
  };
}

function withP(judgement: Judgement, p: number, bar: number | null): Judgement {
  if (judgement.state !== 'fail') return judgement;
  return withhold({ ...judgement, details: { ...judgement.details, p_value: p } }, bar);
}

const LEAST_CHANCE = 1e-12;
const HALVINGS = 12;

/** The chance with which sampling noise alone goes as far, to 1 %; at least 1e-12 and at most the one that it failed at. */
function noiseChance(
  detector: Detector,
  reference: Summary | null,
  window: Summary,
  settings: Readonly<Record<string, number>>,
  failedAt: number,
): number {
  return chanceBelow(failedAt, (chance) => detector.weigh(reference, window, { ...settings, chance }).state === 'fail');
}

/** The smallest chance at which something still fails, to 1 %; at least 1e-12 and at most the one that it failed at. */
function chanceBelow(failedAt: number, fails: (chance: number) => boolean): number {
  if (fails(LEAST_CHANCE)) return LEAST_CHANCE;
  let [passes, failing] = [Math.log(LEAST_CHANCE), Math.log(failedAt)];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (passes + failing) / 2;
    if (fails(Math.exp(middle))) failing = middle;
    else passes = middle;
  }
  return Math.exp(failing);
}

function saySource({ season, allowance }: Expected): string {
  const when = season === 'none' ? '' : ` at this time of the ${season}`;
  if (allowance > 1)
    return `${allowance} times as far as the reference itself goes${when}, which has seen no whole week`;
  return season === 'none'
    ? 'the reference itself varies as far from window to window'
    : `the reference itself goes as far${when}`;
}
