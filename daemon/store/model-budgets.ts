import { binCode } from '../../detectors/maths/log-bins.ts';
import type { BudgetSeries } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { ModelBudget } from '../models/model-schema.ts';
import { pointsOf, STRETCH_OF, stretchParameters, type StretchCount } from './budgets.ts';
import type { Engine } from './engine.ts';

/** What was decided counts; the threshold only where no decision to approve or decline was recorded, as in the evidence of the gate. */
const DECLINED = `multiIf(lower(decision) = 'decline', 1, lower(decision) = 'approve', 0, ifNull(score, 0) >= {threshold:Float64})`;

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
    bad: 'came late',
    sql: `SELECT first_at AS at, 1 AS times, first_at > made_at + toIntervalMillisecond({within:Int64}) AS spoiled FROM {known}
          WHERE first_at >= fromUnixTimestamp64Milli({from:Int64})`,
  },
  stale_scores: {
    events: 'predictions',
    bad: 'were received late',
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

/** How a model spends the budgets that its settings declare, in the stretches that burn rates are made of. */
export async function readModelBudgets(
  engine: Engine,
  model: string,
  settings: Pick<ModelSettings, 'budgets' | 'positive_label' | 'threshold'>,
  asOf: number,
): Promise<{ readonly name: string; readonly series: BudgetSeries }[]> {
  const read = async ([name, budget]: readonly [string, ModelBudget]) => {
    const { events, bad, sql } = COUNTED[budget.of];
    const rows = await engine.rows<StretchCount>(
      `SELECT stretch, sum(times) AS total, sum(spoiled) AS bad FROM (
         SELECT ${STRETCH_OF('at')} AS stretch, times, spoiled FROM (${sql.replace('{known}', KNOWN)})
       ) WHERE stretch > 0 GROUP BY stretch ORDER BY stretch DESC`,
      {
        ...stretchParameters(asOf),
        model,
        positive: settings.positive_label,
        threshold: String(settings.threshold),
        within: budget.within,
        slow: binCode(budget.within),
      },
    );
    return { name, series: { asOf, objective: budget.objective, events, bad, points: pointsOf(rows, asOf) } };
  };
  const series = [];
  for (const declared of Object.entries(settings.budgets)) series.push(await read(declared));
  return series;
}
