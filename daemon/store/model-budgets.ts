import { binCode } from '../../detectors/maths/log-bins.ts';
import type { BudgetSeries } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { ModelBudget } from '../models/model-schema.ts';
import { readMissedScores } from './silent-scores.ts';
import { pointsOf, STRETCH_OF, stretchParameters, type StretchCount } from './budgets.ts';
import type { Engine } from './engine.ts';

/** What was decided counts; the threshold only where no decision to approve or decline was recorded, as in the evidence of the gate. */
const DECLINED = `multiIf(lower(decision) = 'decline', 1, lower(decision) = 'approve', 0, ifNull(score, 0) >= {threshold:Float64})`;

/** Whether a label must come: its outcome can be seen, and silence is none. */
const AWAITED = `({awaits:UInt8} AND (empty({observed:Array(String)}) OR has({observed:Array(String)}, decision)))`;

/** When a label that has not come is overdue. */
const DUE = 'made_at + toIntervalMillisecond({due:Int64})';

/** How each kind of budget counts: events with the moment `at` that they belong to, and whether they were bad. */
const COUNTED: Readonly<
  Record<ModelBudget['of'], { readonly events: string; readonly bad: string; readonly sql: string }>
> = {
  wrong_declines: {
    events: 'labels of declined predictions',
    bad: 'say that the decline was wrong',
    sql: `SELECT came_at AS at, 1 AS times, label != {positive:String} AS spoiled FROM {known} WHERE ${DECLINED}`,
  },
  late_labels: {
    events: 'labels',
    bad: 'came late, or not at all',
    sql: `SELECT first_at AS at, 1 AS times, first_at > made_at + toIntervalMillisecond({within:Int64}) AS spoiled FROM {known}
          WHERE first_at >= fromUnixTimestamp64Milli({from:Int64}) AND NOT (${AWAITED} AND first_at > ${DUE})
          UNION ALL SELECT ${DUE} AS at, 1 AS times, 1 AS spoiled FROM {due} WHERE NOT came OR first_at > ${DUE}`,
  },
  stale_scores: {
    events: 'predictions',
    bad: 'were received late, or never made',
    sql: `SELECT received_at AS at, 1 AS times, received_at > timestamp + toIntervalMillisecond({within:Int64}) AS spoiled
          FROM {database}.predictions WHERE model = {model:String} AND received_at >= fromUnixTimestamp64Milli({from:Int64}) AND received_at < fromUnixTimestamp64Milli({asOf:Int64})`,
  },
  slow_predictions: {
    events: 'predictions',
    bad: 'took too long',
    sql: `SELECT bucket AS at, count - missing AS times, arraySum(mapValues(mapFilter((code, n) -> code > {slow:Int32}, numbers))) AS spoiled
          FROM {database}.prediction_minutes WHERE model = {model:String} AND slice = 'all' AND kind = 'latency'
            AND bucket >= fromUnixTimestamp64Milli({from:Int64}) AND bucket < fromUnixTimestamp64Milli({asOf:Int64})`,
  },
};

/** Labels that became known in the time looked at: their latest word, the first one ever, and the prediction that they speak of. */
const KNOWN = `(
  SELECT label, came_at, first_at, made_at, score, decision FROM (
    SELECT prediction_id, argMax(labels.label, (labels.timestamp, labels.label)) AS label, max(labels.timestamp) AS came_at
    FROM {database}.labels WHERE timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({asOf:Int64})
    GROUP BY prediction_id
  ) AS came INNER JOIN (
    SELECT prediction_id, min(labels.timestamp) AS first_at FROM {database}.labels
    WHERE prediction_id IN (
      SELECT prediction_id FROM {database}.labels WHERE timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({asOf:Int64}))
    GROUP BY prediction_id
  ) AS began USING prediction_id INNER JOIN (
    SELECT prediction_id, any(timestamp) AS made_at, any(score) AS score, any(decision) AS decision FROM {database}.predictions
    WHERE model = {model:String} AND prediction_id IN (
      SELECT prediction_id FROM {database}.labels WHERE timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({asOf:Int64}))
    GROUP BY prediction_id
  ) AS made USING prediction_id)`;

/** Predictions whose labels became due in the time looked at, and the first word of each. */
const FELL_DUE = `(
  SELECT made_at, first_at, came FROM (
    SELECT prediction_id, any(timestamp) AS made_at, any(decision) AS decision FROM {database}.predictions WHERE {made} GROUP BY prediction_id
  ) AS made LEFT JOIN (
    SELECT prediction_id, min(labels.timestamp) AS first_at, 1 AS came FROM {database}.labels
    WHERE prediction_id IN (SELECT prediction_id FROM {database}.predictions WHERE {made}) GROUP BY prediction_id
  ) AS began USING prediction_id WHERE ${AWAITED})`.replaceAll(
  '{made}',
  `model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64} - {due:Int64}) AND timestamp < fromUnixTimestamp64Milli({asOf:Int64} - {due:Int64})`,
);

/** How a model spends the budgets that its settings declare, in the stretches that burn rates are made of. */
export async function readModelBudgets(
  engine: Engine,
  model: string,
  settings: Pick<
    ModelSettings,
    'budgets' | 'positive_label' | 'threshold' | 'label_maturity' | 'unlabelled' | 'observed_decisions'
  >,
  asOf: number,
): Promise<{ readonly name: string; readonly series: BudgetSeries }[]> {
  const read = async ([name, budget]: readonly [string, ModelBudget]) => {
    const { events, bad, sql } = COUNTED[budget.of];
    const rows = await engine.rows<StretchCount>(
      `SELECT stretch, sum(times) AS total, sum(spoiled) AS bad FROM (
         SELECT ${STRETCH_OF('at')} AS stretch, times, spoiled FROM (${sql.replace('{known}', KNOWN).replace('{due}', FELL_DUE)})
       ) WHERE stretch > 0 GROUP BY stretch ORDER BY stretch DESC`,
      {
        ...stretchParameters(asOf),
        model,
        positive: settings.positive_label,
        threshold: String(settings.threshold),
        within: budget.within,
        due: Math.max(budget.within, settings.label_maturity),
        awaits: settings.unlabelled === 'unknown' ? 1 : 0,
        observed: [...settings.observed_decisions],
        slow: binCode(budget.within),
      },
    );
    const missed = budget.of === 'stale_scores' ? await readMissedScores(engine, model, budget.within, asOf) : [];
    const points = pointsOf(added([...rows, ...missed]), asOf);
    return { name, series: { asOf, objective: budget.objective, events, bad, points } };
  };
  const series = [];
  for (const declared of Object.entries(settings.budgets)) series.push(await read(declared));
  return series;
}

/** One count a stretch, the oldest first. */
function added(counts: readonly StretchCount[]): StretchCount[] {
  const byStretch = new Map<number, StretchCount>();
  for (const { stretch, total, bad } of counts) {
    const known = byStretch.get(stretch) ?? { stretch, total: 0, bad: 0 };
    byStretch.set(stretch, { stretch, total: known.total + total, bad: known.bad + bad });
  }
  return [...byStretch.values()].sort((one, other) => other.stretch - one.stretch);
}
