import { shiftCarriers, type ShiftCarrier } from '../../detectors/drift/shift-carriers.ts';
import { DECILES } from '../../detectors/drift/compare-groups.ts';
import { partition } from '../../detectors/maths/partition.ts';
import { quantile } from '../../detectors/maths/quantile.ts';
import { cutName } from '../../detectors/slice-rule.ts';
import { ALL, type Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { SerinError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms, type HistogramRow } from '../store/histograms.ts';
import { readSliceShift } from '../store/slice-shift.ts';
import { rowsOf, type References } from './references.ts';

/** Features whose numbers are cut; of more than these a look would take many seconds. */
const MOST_CUT = 100;

export interface ShiftSearch {
  readonly window: Window;
  readonly reference: Window | null;
  /** Predictions that were looked at, a sample of 20,000 to 40,000 each, or all. */
  readonly rows: { readonly window: number; readonly reference: number };
  /** Slices that were told apart. */
  readonly searched: number;
  /** The slices that carry the shift; null where nothing shifted beyond noise. */
  readonly carriers: readonly ShiftCarrier[] | null;
}

/**
 * Searches the slices that carry the shift of a feature, or of the score, between the reference and a window: the values of
 * every tag and category, and the lowest and highest quarter of every other number, whether they are configured as slices or not.
 * @throws SerinError `invalid_request` for a feature that the reference does not have
 */
export async function searchShift(
  {
    reader,
    references,
    clock,
  }: { readonly reader: Engine; readonly references: Pick<References, 'of'>; readonly clock: Clock },
  model: string,
  { feature, window }: { readonly feature: string | undefined; readonly window: Window },
): Promise<ShiftSearch> {
  const taken = await references.of(model, clock.now());
  const reference = taken?.window ?? null;
  const nothing = { window, reference, rows: { window: 0, reference: 0 }, searched: 0, carriers: null };
  if (taken === undefined || reference === null) return nothing;
  const rows = rowsOf(reader, model, taken);
  const expected = await readHistograms(rows.engine, rows.model, reference, { slice: ALL });
  const subject = expected.find(({ kind, name }) =>
    feature === undefined ? kind === 'score' && name === '' : kind === 'feature' && name === feature,
  );
  if (subject === undefined && feature !== undefined && expected.length > 0)
    throw unknownFeature(model, feature, expected);
  if (subject === undefined) return nothing;
  const groups = partition(subject.histogram, subject.histogram.count, DECILES);
  const cuts = quarters(expected.filter(({ kind, name }) => kind === 'feature' && name !== feature));
  const { all, slices } = await readSliceShift(reader, model, {
    feature,
    groups,
    reference: { ...reference, id: taken.id, uploaded: taken.uploaded, frozen: taken.frozen },
    window,
    cuts,
  });
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  return {
    window,
    reference,
    rows: { window: total(all.observed), reference: total(all.expected) },
    searched: slices.length,
    carriers: shiftCarriers(all, slices),
  };
}

function unknownFeature(model: string, feature: string, known: readonly HistogramRow[]): SerinError {
  const names = known.filter(({ kind }) => kind === 'feature').map(({ name }) => name);
  const near = nearestName(feature, names);
  return new SerinError(
    'invalid_request',
    `the reference of model "${model}" has no feature "${feature.slice(0, 60)}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    { field: 'feature' },
  );
}

/** The cuts off the lowest and the highest quarter of each number, at bounds that a person can say. */
function quarters(features: readonly HistogramRow[]): string[] {
  const numeric = features.filter(({ histogram }) => histogram.bins.length > 1);
  return numeric.slice(0, MOST_CUT).flatMap(({ name, histogram: { bins } }) => {
    const [low, high] = [quantile(bins, 0.25), quantile(bins, 0.75)].map((bound) => Number(bound.toPrecision(3)));
    const below = low === undefined ? [] : [cutName({ kind: 'cut', of: name, operator: '<', bound: low })];
    const above = high === undefined ? [] : [cutName({ kind: 'cut', of: name, operator: '>=', bound: high })];
    return [...below, ...above];
  });
}
