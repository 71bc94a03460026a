import type { Detector } from '../detector.ts';
import type { Judgement, Summary } from '../terms.ts';
import { chanceFrom, expectNext, limitFrom, type Expected, type OwnVariation } from './own-variation.ts';

/** What a judgement is held to besides the settings of its detector. */
export interface Ruling {
  /** How rarely this judgement alone may fail when nothing is wrong; from the false-alarm budget. */
  readonly chance: number;
  /** Start of the window, Unix milliseconds. */
  readonly at: number;
  /** Null where the reference has none, or none was needed: what passes at its setting passes. */
  readonly variation: OwnVariation | null;
  /** The p-value at and below which failures among all judgements of the window count; null before it is known. */
  readonly bar: number | null;
}

/** Whether the limits of a detector are learned and its failures counted against the false-alarm budget. */
export function isRuled(detector: Detector): boolean {
  const { comparesWithReference, fails, kind, settings } = detector;
  return (
    comparesWithReference && fails === 'above' && kind !== 'accuracy' && 'limit' in settings && 'chance' in settings
  );
}

/** The settings of a first judgement: at the limit that was set, and what sampling noise reaches with this chance. */
export function settingsAt(
  detector: Detector,
  settings: Readonly<Record<string, number>>,
  chance: number,
): Readonly<Record<string, number>> {
  return isRuled(detector) ? { ...settings, chance } : settings;
}

/**
 * Judges for good: against the larger of the setting, sampling noise and what the reference's own chunks reach with the
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
  const first = detector.judge(reference, window, settingsAt(detector, settings, ruling.chance));
  if (!isRuled(detector) || first.state !== 'fail') return first;
  const atChance = { ...settings, chance: ruling.chance };
  const floor = settings['limit'] ?? 0;
  const expected = ruling.variation === null ? undefined : expectNext(ruling.variation, ruling.at, floor);
  if (expected === undefined || ruling.variation === null) {
    const judged = detector.judge(reference, window, settings);
    return withP(judged, noiseChance(detector, reference, window, settings, ruling.chance), ruling.bar);
  }
  // A window that holds less than a chunk does scatters more, by the part of its noise that a chunk has not.
  const lacking = 1 - first.count / ruling.variation.usualCount;
  const limitAt = (chance: number): number =>
    lacking > 0
      ? together(
          detector,
          limitFrom(expected, chance / 2),
          noiseLimit(detector, reference, window, settings, chance / 2),
          lacking,
        )
      : limitFrom(expected, chance);
  const judged = detector.judge(reference, window, atChance, {
    limit: limitAt(ruling.chance),
    says: saySource(expected),
  });
  const { statistic } = judged;
  if (judged.state !== 'fail' || statistic === null) return judged;
  const p = Math.max(
    lacking > 0 ? chanceBelow(ruling.chance, (chance) => statistic > limitAt(chance)) : chanceFrom(expected, statistic),
    noiseChance(detector, reference, window, settings, ruling.chance),
  );
  return withP(judged, p, ruling.bar);
}

/**
 * The largest statistic where the reference goes so far and noise so far, of whose variance a part counts: distances add up;
 * where they are squared, their roots do.
 */
function together({ squared }: Detector, own: number, noise: number, part: number): number {
  return squared === true ? (Math.sqrt(own) + Math.sqrt(noise * part)) ** 2 : own + noise * Math.sqrt(part);
}

/** What sampling noise alone reaches with this chance, whatever the setting tolerates. */
function noiseLimit(
  detector: Detector,
  reference: Summary | null,
  window: Summary,
  settings: Readonly<Record<string, number>>,
  chance: number,
): number {
  return detector.judge(reference, window, { ...settings, limit: 0, chance }).limit ?? 0;
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
