import type { Partition } from '../../detectors/maths/partition.ts';
import type { SliceCounts } from '../../detectors/drift/shift-carriers.ts';
import { ALL, type JudgedAgainst, type Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { numberNamed } from './number-columns.ts';
import { bindSlices, sliceColumns } from './slice-columns.ts';

/** Predictions of either stretch that are looked at; the same ones each time. */
const MOST_ROWS = 20_000;
/** The largest ones: one below about a hundredth of the traffic hardly ever carries a shift that is seen in all of it. */
const MOST_SLICES = 1000;

export interface SliceShift {
  readonly slices: readonly SliceCounts[];
  readonly all: SliceCounts;
}

/**
 * How the values of a feature, or the scores, fall into groups in a reference and in a window, slice by slice: by every tag,
 * every other category, and the cuts asked for. The last group holds the records without a value.
 * @param feature its name; undefined for the score
 */
export async function readSliceShift(
  engine: Engine,
  model: string,
  query: {
    readonly feature: string | undefined;
    readonly groups: Partition;
    /** One that was uploaded or copied stands in the tables of references, under its id. */
    readonly reference: JudgedAgainst;
    readonly window: Window;
    readonly cuts: readonly string[];
  },
): Promise<SliceShift> {
  const { feature, groups, reference, window, cuts } = query;
  const values = `arrayMap(name -> concat(name, '=', tags[name]), mapKeys(tags)),
    arrayMap(name -> concat(name, '=', categories[name]), arrayFilter(name -> name != {feature:String} AND NOT mapContains(tags, name), mapKeys(categories)))`;
  const stored = reference.uploaded === true || reference.frozen === true ? reference.id : undefined;
  const side = (of: 'reference' | 'window'): string => {
    const table = of === 'reference' && stored !== undefined ? 'reference_predictions' : 'predictions';
    const within = `model = {${of}Model:String} AND timestamp >= fromUnixTimestamp64Milli({${of}From:Int64}) AND timestamp < fromUnixTimestamp64Milli({${of}To:Int64})`;
    return `SELECT ${of === 'window' ? 1 : 0} AS is_now, ${groupOf(feature)} AS value_group, arrayConcat(['all'], ${values}, arrayFilter(name -> name != '', [${sliceColumns(cuts).join(', ')}])) AS slices
      FROM {database}.${table} WHERE ${within}
        AND cityHash64(prediction_id) % greatest(1, intDiv((SELECT count() FROM {database}.${table} WHERE ${within}), {most:UInt64})) = 0`;
  };
  const rows = await engine.rows<{ slice: string; now: number[][]; earlier: number[][] }>(
    `SELECT slice, sumMapIf([value_group], [1], is_now) AS now, sumMapIf([value_group], [1], NOT is_now) AS earlier
     FROM (${side('window')} UNION ALL ${side('reference')}) ARRAY JOIN slices AS slice
     GROUP BY slice
     ORDER BY count() DESC, slice LIMIT {slices:UInt32}`,
    {
      windowModel: model,
      referenceModel: stored ?? model,
      feature: feature ?? '',
      referenceFrom: reference.from,
      referenceTo: reference.to,
      windowFrom: window.from,
      windowTo: window.to,
      edges: [...groups.edges],
      common: [...groups.categories.keys()],
      size: groups.size,
      most: MOST_ROWS,
      slices: MOST_SLICES,
      ...bindSlices(cuts),
    },
  );
  const counted = rows.map(({ slice, now, earlier }) => ({
    slice,
    expected: spread(earlier, groups.size + 1),
    observed: spread(now, groups.size + 1),
  }));
  const none = { slice: ALL, expected: [], observed: [] };
  return {
    all: counted.find(({ slice }) => slice === ALL) ?? none,
    slices: counted.filter(({ slice }) => slice !== ALL),
  };
}

/** As `partition` numbers them: numbers by how many edges lie at or below, then categories, others, and nothing at all. */
function groupOf(feature: string | undefined): string {
  if (feature === undefined)
    return 'if(isNull(score), {size:UInt32}, arrayCount(edge -> edge <= assumeNotNull(score), {edges:Array(Float64)}))';
  const number = numberNamed('{feature:String}');
  return `multiIf(NOT isNaN(${number}), arrayCount(edge -> edge <= ${number}, {edges:Array(Float64)}),
    NOT mapContains(categories, {feature:String}), {size:UInt32},
    has({common:Array(String)}, categories[{feature:String}]), length({edges:Array(Float64)}) + indexOf({common:Array(String)}, categories[{feature:String}]),
    {size:UInt32} - 1)`;
}

function spread([groups = [], counts = []]: readonly (readonly number[])[], size: number): number[] {
  const spreadOut = Array.from({ length: size }, () => 0);
  for (const [at, group] of groups.entries()) spreadOut[group] = counts[at] ?? 0;
  return spreadOut;
}
