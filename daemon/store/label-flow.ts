import type { AgeGroup, Category, LabelFlow, LabelGroups } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { labelledParameters, labelledPredictions, slicesOf, type LabelledQuery } from './labelled-predictions.ts';

/** Groups of age up to the maturity, narrow for young predictions and wide for old ones: group k begins at maturity (k / 128)^2. */
const GROUPS = 128;

const GROUP_OF = (age: string): string =>
  `toUInt32(least(${GROUPS}, floor(${GROUPS} * sqrt(greatest(0, ${age}) / {maturity:Int64}))))`;

interface Row {
  readonly slice: string;
  /** By group of age: predictions, and those without a label. */
  readonly ages: Readonly<Record<string, number>>;
  readonly waiting: Readonly<Record<string, number>>;
  /** By the group of the age that predictions had when their label came. */
  readonly positives: Readonly<Record<string, number>>;
  readonly others: Readonly<Record<string, number>>;
  readonly sources: Readonly<Record<string, number>>;
}

/** How labels arrive, by slice; all versions of the model together, for their labels come from the same places. */
export async function readLabelFlow(
  engine: Engine,
  query: LabelledQuery,
): Promise<{ readonly slice: string; readonly flow: LabelFlow }[]> {
  const { window, rules } = query;
  if (window.to <= window.from) return [];
  const followed = bySlice(await readFollowed(engine, query));
  const arrived = bySlice(await readArrived(engine, query));
  const waited = bySlice(await readWaited(engine, query));
  const slices = [...new Set([...followed.keys(), ...waited.keys()])].sort();
  return slices.map((slice) => ({
    slice,
    flow: {
      windowMs: window.to - window.from,
      followed: groupsOf({ ...NOTHING, ...followed.get(slice) }, rules.maturityMs),
      arrived: groupsOf({ ...NOTHING, ...arrived.get(slice), ...waited.get(slice) }, rules.maturityMs),
    },
  }));
}

/** The predictions of the window: how long each was waited for, or how old it was when it was first said what is said now. */
async function readFollowed(engine: Engine, query: LabelledQuery): Promise<Row[]> {
  return engine.rows<Row>(
    `WITH ${labelledPredictions(query)}, since AS (
       SELECT prediction_id, min(labels.timestamp) AS came_at, argMin(labels.source, (labels.timestamp, labels.source)) AS source
       FROM {database}.labels AS labels WHERE (prediction_id, label) IN (SELECT prediction_id, label FROM known) GROUP BY prediction_id
     ), sliced AS (
       SELECT arrayJoin(slices) AS slice, present, label, source,
              ${GROUP_OF('{now:Int64} - toUnixTimestamp64Milli(made_at)')} AS age,
              ${GROUP_OF('toUnixTimestamp64Milli(came_at) - toUnixTimestamp64Milli(made_at)')} AS delay
       FROM made LEFT JOIN known USING prediction_id LEFT JOIN since USING prediction_id
     )
     SELECT slice, sumMap(map(age, toUInt64(1))) AS ages, sumMapIf(map(age, toUInt64(1)), NOT present) AS waiting, ${CAME('present')}
     FROM sliced GROUP BY slice`,
    parametersOf(query),
  );
}

/** The labels that became known in the window, each by its latest word in it. */
async function readArrived(
  engine: Engine,
  query: LabelledQuery,
): Promise<Pick<Row, 'slice' | 'positives' | 'others' | 'sources'>[]> {
  return engine.rows(
    `WITH came AS (
       SELECT prediction_id, argMax(labels.label, (labels.timestamp, labels.label)) AS label, max(labels.timestamp) AS came_at, argMax(labels.source, (labels.timestamp, labels.label)) AS source
       FROM {database}.labels AS labels
       WHERE timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64}) GROUP BY prediction_id
     ), made AS (
       SELECT prediction_id, any(timestamp) AS made_at, any(${slicesOf(query.slices)}) AS slices FROM {database}.predictions
       WHERE model = {model:String} AND timestamp < fromUnixTimestamp64Milli({to:Int64}) AND timestamp >= fromUnixTimestamp64Milli({oldest:Int64})
         AND prediction_id IN (SELECT prediction_id FROM came)
       GROUP BY prediction_id
     ), sliced AS (
       SELECT arrayJoin(slices) AS slice, label, source,
              ${GROUP_OF('toUnixTimestamp64Milli(came_at) - toUnixTimestamp64Milli(made_at)')} AS delay
       FROM made INNER JOIN came USING prediction_id
     )
     SELECT slice, ${CAME('1')} FROM sliced GROUP BY slice`,
    parametersOf(query),
  );
}

/** Predictions young enough to wait for a label in the window, by their age at its end: out of the rollups. */
async function readWaited(engine: Engine, query: LabelledQuery): Promise<Pick<Row, 'slice' | 'ages'>[]> {
  return engine.rows(
    `SELECT slice, sumMap(map(${GROUP_OF('{to:Int64} - toUnixTimestamp(bucket) * 1000')}, count)) AS ages
     FROM {database}.prediction_minutes
     WHERE model = {model:String} AND kind = 'score' AND name = ''
       AND bucket >= fromUnixTimestamp64Milli({oldest:Int64}) AND bucket < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY slice`,
    parametersOf(query),
  );
}

const CAME = (present: string): string =>
  `sumMapIf(map(delay, toUInt64(1)), ${present} AND label = {positive:String}) AS positives,
   sumMapIf(map(delay, toUInt64(1)), ${present} AND label != {positive:String}) AS others,
   sumMapIf(map(source, toUInt64(1)), ${present}) AS sources`;

function parametersOf(query: LabelledQuery) {
  const { rules, now, window } = query;
  return {
    ...labelledParameters(query),
    now,
    maturity: Math.max(1, rules.maturityMs),
    oldest: window.from - rules.maturityMs,
    positive: rules.positiveLabel,
  };
}

const NOTHING: Omit<Row, 'slice'> = { ages: {}, waiting: {}, positives: {}, others: {}, sources: {} };

function bySlice<R extends { readonly slice: string }>(rows: readonly R[]): ReadonlyMap<string, R> {
  return new Map(rows.map((row) => [row.slice, row]));
}

function groupsOf(row: Omit<Row, 'slice'>, maturityMs: number): LabelGroups {
  return {
    groups: Array.from({ length: GROUPS + 1 }, (_, group): AgeGroup => ({
      age: maturityMs * (group / GROUPS) ** 2,
      predictions: row.ages[group] ?? 0,
      waiting: row.waiting[group] ?? 0,
      positives: row.positives[group] ?? 0,
      others: row.others[group] ?? 0,
    })),
    sources: Object.entries(row.sources).map(([value, count]): Category => ({ value, count })),
  };
}
