import { discoveryBar } from '../../detectors/limits/benjamini-hochberg.ts';
import { isRuled, judgeUnder, withhold, type Ruling } from '../../detectors/limits/judge-under.ts';
import type { OwnVariation } from '../../detectors/limits/own-variation.ts';
import type { Finding, Judgement } from '../../detectors/terms.ts';
import type { JudgedFinding } from '../store/findings.ts';
import { findingId, type Place, type Trial } from './judge.ts';

/**
 * Findings out of the trials of one window of one model: those that failed at their settings are held to the reference's
 * own variation, then to the false-discovery control over everything that was judged with them; a failure of the data's
 * quality inhibits the drift that it explains.
 * @param place its `chance` is that of a false failure anywhere in the window
 * @param variationOf what is known of the own variation of a trial that failed at its settings
 */
export function rule(
  place: Place,
  trials: readonly Trial[],
  variationOf: (trial: Trial) => OwnVariation | null,
): JudgedFinding[] {
  const held = trials.map((trial) => {
    const failed = trial.judgement.state === 'fail' && isRuled(trial.detector);
    if (!failed) return { trial, ruling: rulingOf(place, null), judgement: trial.judgement };
    const ruling = rulingOf(place, variationOf(trial));
    const { detector, against, judged, settings } = trial;
    return { trial, ruling, judgement: judgeUnder(detector, against, judged.summary, settings, ruling) };
  });
  const family = held.filter(({ trial, judgement }) => isRuled(trial.detector) && judgement.state !== 'insufficient');
  const bar = discoveryBar(
    family.flatMap(({ judgement }) => pOf(judgement) ?? []),
    family.length,
    place.chance,
  );
  return inhibit(
    held.map(({ trial, ruling, judgement }) => {
      const isCandidate = pOf(judgement) !== undefined;
      return toFinding(place, trial, isCandidate ? { ...ruling, bar } : ruling, withhold(judgement, bar));
    }),
  );
}

function rulingOf({ chance, window }: Place, variation: OwnVariation | null): Ruling {
  return { chance, at: window.from, variation, bar: null };
}

/** The p-value of a failure that could count. */
function pOf({ state, details }: Judgement): number | undefined {
  const p = details?.['p_value'];
  return state === 'fail' && typeof p === 'number' ? p : undefined;
}

function toFinding(place: Place, trial: Trial, ruling: Ruling, judgement: Judgement): JudgedFinding {
  const { detector, judged, against, settings } = trial;
  const { state, statistic, limit, reason, count, interval, details } = judgement;
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
    reference: detector.comparesWithReference ? place.reference : null,
    judgedAt: place.judgedAt,
    final: place.final,
  };
  return {
    finding,
    kind: detector.kind,
    settings,
    reference: against,
    window: judged.summary,
    ...(isRuled(detector) && { ruling }),
  };
}

/** Marks the drift of a feature whose data is broken: it stays a failure that can be looked at, and no one is told twice. */
function inhibit(judged: readonly JudgedFinding[]): JudgedFinding[] {
  const broken = new Map<string, string>();
  for (const { kind, finding } of judged) {
    if (kind === 'quality' && finding.state === 'fail' && !broken.has(placeOf(finding)))
      broken.set(placeOf(finding), finding.id);
  }
  return judged.map((one) => {
    const cause = broken.get(placeOf(one.finding));
    if (one.kind !== 'drift' || one.finding.state !== 'fail' || cause === undefined) return one;
    return { ...one, finding: { ...one.finding, inhibitedBy: cause } };
  });
}

function placeOf({ slice, subject }: Finding): string {
  return `${slice.length} ${slice}${subject}`;
}
