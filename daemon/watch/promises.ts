import { estimatedAccuracy, estimatedMae, estimatedRocAuc } from '../../detectors/all.ts';
import type { Confusions, Finding, Outcomes, Promised, Residuals, Window } from '../../detectors/terms.ts';
import type { Findings } from '../store/findings.ts';
import type { Judged, Summaries } from './judge.ts';

/** Versions and slices of a model in two or three windows; of more than that nothing is promised. */
const MOST = 10_000;

/** An estimate is that of a stretch where both have this share in common, of what either covers. */
const IN_COMMON = 0.5;

type Matured = Pick<Summaries, 'outcomes' | 'residuals' | 'confusions'>;

/** Matured labels beside the estimates that were published of the same predictions before the labels came, where there are any. */
export async function withPromises<S extends Matured>(
  findings: Pick<Findings, 'list'>,
  model: string,
  window: Window,
  matured: S,
): Promise<S> {
  const detector = estimateOf(matured);
  if (detector === undefined) return matured;
  const published = await findings.list({ model, detector, window, limit: MOST });
  const beside = <O extends Outcomes | Residuals | Confusions>(judged: Judged<O>): Judged<O> => {
    const promised = nearest(
      published.filter(({ version, slice }) => version === judged.version && slice === judged.slice),
      window,
    );
    return promised === undefined ? judged : { ...judged, summary: { ...judged.summary, promised } };
  };
  const { outcomes, residuals, confusions } = matured;
  return {
    ...matured,
    outcomes: outcomes.map(beside),
    ...(residuals && { residuals: residuals.map(beside) }),
    ...(confusions && { confusions: confusions.map(beside) }),
  };
}

/** What estimates accuracy of a model of this kind. */
function estimateOf({ outcomes, residuals = [], confusions = [] }: Matured): string | undefined {
  if (outcomes.length > 0) return estimatedRocAuc.name;
  if (residuals.length > 0) return estimatedMae.name;
  return confusions.length > 0 ? estimatedAccuracy.name : undefined;
}

function nearest(published: readonly Finding[], window: Window): Promised | undefined {
  const [found] = published
    .map((finding) => ({ finding, inCommon: inCommon(finding.window, window) }))
    .filter(({ finding, inCommon: share }) => finding.statistic !== null && share >= IN_COMMON)
    .sort((one, other) => other.inCommon - one.inCommon);
  if (found === undefined) return undefined;
  const { id, statistic, interval, window: of, judgedAt } = found.finding;
  return { value: statistic!, ...(interval && { interval }), window: of, judgedAt, finding: id };
}

/** What two stretches have in common, of what either covers. */
function inCommon(one: Window, other: Window): number {
  const common = Math.min(one.to, other.to) - Math.max(one.from, other.from);
  return common / (Math.max(one.to, other.to) - Math.min(one.from, other.from));
}
