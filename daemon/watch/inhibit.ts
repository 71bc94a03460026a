import { missingShare } from '../../detectors/all.ts';
import { judgeUnder } from '../../detectors/limits/judge-under.ts';
import { isSliceWithin, ruleOf } from '../../detectors/slice-rule.ts';
import type { Histogram } from '../../detectors/terms.ts';
import { MEAN_OF, MISSING_SHARE_OF } from '../store/stored-series.ts';
import { findingId } from './judge.ts';
import type { Ruled } from './rule.ts';
import { withoutHistogram } from './without-histogram.ts';

/**
 * Marks the drift of features whose data is broken: it stays a failure that can be looked at, and no one is told twice.
 * A failure of the quality of a feature explains its drift in the same slice; in a slice within, where the same defect is
 * seen at more than its setting, were it in too few records to be sure of there; and in a slice around, where that does
 * not drift without the broken part.
 */
export function inhibit(all: readonly Ruled[]): Ruled[] {
  const broken = all.filter(({ trial, weighed }) => trial.detector.kind === 'quality' && weighed.state === 'fail');
  if (broken.length === 0) return [...all];
  return all.map((one) => {
    if (one.trial.detector.kind !== 'drift' || one.weighed.state !== 'fail') return one;
    if (one.trial.detector.needs === 'series') return inhibitSeries(one, broken);
    const { detector, judged } = one.trial;
    const ofSubject = broken.filter(
      ({ trial }) => trial.judged.subject === judged.subject && trial.detector.subject === detector.subject,
    );
    if (ofSubject.length === 0) return one;
    const cause = inSame(one, ofSubject) ?? around(one, ofSubject, all) ?? within(one, ofSubject);
    if (cause === undefined) return one;
    return inhibitedBy(one, cause);
  });
}

function inhibitedBy(one: Ruled, cause: Ruled): Ruled {
  return { ...one, inhibitedBy: findingId(cause.place, cause.trial.detector.name, cause.trial.judged) };
}

/**
 * In the same slice, a change of the series of a feature's missing share is the same news as a missing share that fails, and
 * its mean moves where any quality of its values fails.
 */
function inhibitSeries(one: Ruled, broken: readonly Ruled[]): Ruled {
  const { subject } = one.trial.judged;
  const explains = ({ trial: { detector, judged } }: Ruled): boolean =>
    subject === `${MEAN_OF}${judged.subject}` ||
    (subject === `${MISSING_SHARE_OF}${judged.subject}` && detector.name === missingShare.name);
  const cause = inSame(one, broken.filter(explains));
  return cause === undefined ? one : inhibitedBy(one, cause);
}

function inSame({ trial }: Ruled, broken: readonly Ruled[]): Ruled | undefined {
  return broken.find((other) => other.trial.judged.slice === trial.judged.slice);
}

/** A defect of a wider slice that this one has too. */
function around({ trial }: Ruled, broken: readonly Ruled[], all: readonly Ruled[]): Ruled | undefined {
  const { slice, version, subject } = trial.judged;
  return broken.find(({ trial: { detector, judged, settings } }) => {
    if (judged.version !== version || judged.slice === slice || !isSliceWithin(slice, judged.slice)) return false;
    const here = all.find(
      (other) =>
        other.trial.detector === detector &&
        other.trial.judged.slice === slice &&
        other.trial.judged.version === version &&
        other.trial.judged.subject === subject,
    );
    const share = here?.weighed.tell().statistic ?? 0;
    return share > (settings['limit'] ?? Infinity);
  });
}

/** Defects of narrower slices without which this one would not drift: of all values of a tag together, or of one cut. */
function within(drift: Ruled, broken: readonly Ruled[]): Ruled | undefined {
  const { slice, version } = drift.trial.judged;
  if (drift.trial.detector.needs !== 'histogram') return undefined;
  const inside = broken.filter(
    ({ trial: { judged } }) =>
      judged.version === version && judged.slice !== slice && isSliceWithin(judged.slice, slice),
  );
  for (const rule of new Set(inside.map(({ trial }) => ruleOf(trial.judged.slice)))) {
    const parts = onePerSlice(inside.filter(({ trial }) => ruleOf(trial.judged.slice) === rule));
    if (isCalmWithout(drift, parts)) return parts[0];
  }
  return undefined;
}

/** The largest first. */
function onePerSlice(broken: readonly Ruled[]): Ruled[] {
  const bySlice = new Map<string, Ruled>();
  for (const one of broken) if (!bySlice.has(one.trial.judged.slice)) bySlice.set(one.trial.judged.slice, one);
  return [...bySlice.values()].toSorted((one, other) => countOf(other) - countOf(one));
}

function countOf({ trial }: Ruled): number {
  return (trial.judged.summary as Histogram).count;
}

/** Whether what is left of window and reference is enough to judge, and stays under the limit that the whole passed. */
function isCalmWithout({ trial, ruling, weighed }: Ruled, parts: readonly Ruled[]): boolean {
  const { detector, judged, against, settings } = trial;
  const limit = weighed.tell().limit;
  let window: Histogram | undefined = judged.summary as Histogram;
  let reference = against as Histogram | null | undefined;
  for (const part of parts) {
    window = window && withoutHistogram(window, part.trial.judged.summary as Histogram);
    reference =
      reference && part.trial.against ? withoutHistogram(reference, part.trial.against as Histogram) : reference;
  }
  if (window === undefined || !reference || limit === null) return false;
  const { statistic } = judgeUnder(detector, reference, window, settings, ruling);
  return statistic !== null && statistic <= limit;
}
