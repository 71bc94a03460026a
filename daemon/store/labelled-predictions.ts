import { cutName, parseSliceRule } from '../../detectors/slice-rule.ts';
import type { Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';
import { numberNamed } from './number-columns.ts';

/** How labels are read: which one is positive, when they can be trusted, what none at all means. */
export interface LabelRules {
  readonly positiveLabel: string;
  readonly unlabelled: 'unknown' | 'negative';
  readonly maturityMs: number;
  /** Decisions whose outcome can be seen at all; without any named, all of them. */
  readonly observedDecisions?: readonly string[];
  /** Score at and above which the model predicts the positive class. */
  readonly threshold?: number;
}

/** Which labelled predictions are read. */
export interface LabelledQuery {
  readonly model: string;
  readonly window: Window;
  readonly now: number;
  readonly rules: LabelRules;
  /** What slices are cut by, beside the slice of all: see `parseSliceRule`. */
  readonly slices: readonly string[];
  /**
   * Only what was known of a prediction when it was this old, milliseconds: labels that came later are left out, and
   * so are younger predictions. Without it the latest label counts, whenever it came.
   */
  readonly asOfAgeMs?: number | undefined;
}

/**
 * Every slice that a row of `predictions` belongs to: all, by the value of a tag or else a category, and by cuts of numbers.
 * Only what the rules need is written: the engine would take longer to read the statement than to answer it.
 */
export function slicesOf(slices: readonly string[]): string {
  const { sliceValues, cutNames } = sliceParameters(slices);
  const values = `arrayMap(name -> concat(name, '=', if(mapContains(tags, name), tags[name], categories[name])),
    arrayFilter(name -> mapContains(tags, name) OR mapContains(categories, name), {sliceValues:Array(String)}))`;
  const operators = cutsOf(slices).map(({ operator }) => operator);
  // A number that is missing is NaN: it lies on no side of a bound.
  const cuts = `arrayFilter(name -> name != '', [${operators
    .map((operator, at) => {
      const number = numberNamed(`{cutOf:Array(String)}[${at + 1}]`);
      return `if(${number} ${operator} {cutBounds:Array(Float64)}[${at + 1}], {cutNames:Array(String)}[${at + 1}], '')`;
    })
    .join(', ')}])`;
  const parts = [`['all']`, ...(sliceValues.length > 0 ? [values] : []), ...(cutNames.length > 0 ? [cuts] : [])];
  return parts.length === 1 ? `['all']` : `arrayConcat(${parts.join(', ')})`;
}

/**
 * The named subqueries that every reader of labels begins with: `made`, each prediction of the window once; `known`, the
 * latest label of each (of labels with the same time, the greater text: the same answer in whatever order they came).
 */
export function labelledPredictions({ asOfAgeMs, slices }: LabelledQuery): string {
  const ofWindow = `FROM {database}.predictions
       WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})`;
  const known =
    asOfAgeMs === undefined
      ? `FROM {database}.labels WHERE prediction_id IN (SELECT prediction_id ${ofWindow})`
      : `FROM {database}.labels AS labels INNER JOIN (SELECT prediction_id, any(timestamp) AS dated_at ${ofWindow} GROUP BY prediction_id) AS dated USING prediction_id
         WHERE labels.timestamp <= dated_at + toIntervalMillisecond({asOfAge:Int64})`;
  return `made AS (
       SELECT version, prediction_id, any(timestamp) AS made_at, any(score) AS score, any(scores) AS scores, any(${slicesOf(slices)}) AS slices,
              any(decision) AS decision, any(value) AS value, any(propensity) AS propensity
       ${ofWindow} GROUP BY version, prediction_id
     ), known AS (
       SELECT prediction_id, argMax(label, (timestamp, label)) AS label, 1 AS present
       ${known} GROUP BY prediction_id
     )`;
}

/** What the subqueries are bound to. */
export function labelledParameters({ model, window, now, rules, slices, asOfAgeMs }: LabelledQuery): Parameters {
  return {
    model,
    from: window.from,
    to: window.to,
    ...sliceParameters(slices),
    matureBefore: now - (asOfAgeMs ?? rules.maturityMs),
    asOfAge: asOfAgeMs ?? 0,
  };
}

/** What `slicesOf` is bound to. */
export function sliceParameters(slices: readonly string[]) {
  const rules = slices.flatMap((text) => parseSliceRule(text) ?? []);
  const cuts = cutsOf(slices);
  return {
    sliceValues: rules.flatMap((rule) => (rule.kind === 'values' ? [rule.of] : [])),
    cutNames: cuts.map(cutName),
    cutOf: cuts.map((cut) => cut.of),
    cutBounds: cuts.map((cut) => cut.bound),
  };
}

function cutsOf(slices: readonly string[]) {
  const rules = slices.flatMap((text) => parseSliceRule(text) ?? []);
  return rules.flatMap((rule) => (rule.kind === 'cut' ? [rule] : []));
}

/** Whether any prediction of a stretch has a label. */
export async function hasLabels(engine: Engine, model: string, window: Window): Promise<boolean> {
  const rows = await engine.rows(
    `SELECT 1 AS present FROM {database}.labels WHERE prediction_id IN (
       SELECT prediction_id FROM {database}.predictions
       WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
     ) LIMIT 1`,
    { model, from: window.from, to: window.to },
  );
  return rows.length > 0;
}
