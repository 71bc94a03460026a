import { ALL } from '../../detectors/terms.ts';
import { WEIGHT_STEPS } from './evidence-rows.ts';
import type { Engine } from './engine.ts';
import { bindSlices, sliceColumns } from './slice-columns.ts';

/** Weights beyond this say more about one prediction than about the traffic. */
const MOST_WEIGHT = 20;

/** The largest weight that labelled predictions of the last 90 days need, a multiple of a quarter; 1 where none has a propensity. */
export async function readLargestWeight(engine: Engine, model: string, asOf: number): Promise<number> {
  const rows = await engine.rows<{ least: number | null }>(
    `SELECT minOrNullIf(propensity, propensity > 0) AS least FROM {database}.predictions
     WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64})`,
    { model, from: asOf - 90 * 86_400_000 },
  );
  return Math.min(MOST_WEIGHT, Math.ceil(WEIGHT_STEPS / (rows[0]?.least ?? 1)) / WEIGHT_STEPS);
}

/** Slices that a rule makes of the control's predictions of the last 30 days, most frequent first. */
export async function readSlices(
  engine: Engine,
  query: { readonly model: string; readonly control: string; readonly rule: string; readonly asOf: number },
  limit: number,
): Promise<string[]> {
  const rules = [query.rule];
  const rows = await engine.rows<{ slice: string }>(
    `SELECT ${sliceColumns(rules).join()} AS slice FROM {database}.predictions
     WHERE model = {model:String} AND version = {control:String} AND slice != ''
       AND timestamp >= fromUnixTimestamp64Milli({from:Int64})
     GROUP BY slice ORDER BY count() DESC, slice LIMIT {limit:UInt32}`,
    { model: query.model, control: query.control, ...bindSlices(rules), from: query.asOf - 30 * 86_400_000, limit },
  );
  return rows.map(({ slice }) => slice);
}

/** Slices that hold at least a share of the control's predictions of the last 30 days, as the rollups cut them; most frequent first. */
export async function readLargeSlices(
  engine: Engine,
  query: { readonly model: string; readonly control: string; readonly asOf: number; readonly share: number },
): Promise<string[]> {
  const rows = await engine.rows<{ slice: string; records: number }>(
    `SELECT slice, max(named) AS records
     FROM (
       SELECT slice, name, sum(count) AS named FROM {database}.prediction_minutes
       WHERE model = {model:String} AND version = {control:String} AND kind = 'score' AND bucket >= fromUnixTimestamp64Milli({from:Int64})
       GROUP BY slice, name
     ) GROUP BY slice ORDER BY records DESC, slice`,
    { model: query.model, control: query.control, from: query.asOf - 30 * 86_400_000 },
  );
  const all = rows.find(({ slice }) => slice === ALL)?.records ?? 0;
  return rows.filter(({ slice, records }) => slice !== ALL && records >= query.share * all).map(({ slice }) => slice);
}

/** Whether the candidate has answered live since a time, in ms. */
export async function hasAnsweredLive(
  engine: Engine,
  query: { readonly model: string; readonly candidate: string; readonly since: number },
): Promise<boolean> {
  const rows = await engine.rows<{ one: number }>(
    `SELECT 1 AS one FROM {database}.predictions
     WHERE model = {model:String} AND version = {candidate:String} AND role = 'candidate'
       AND timestamp >= fromUnixTimestamp64Milli({since:Int64}) LIMIT 1`,
    query,
  );
  return rows.length > 0;
}

/** How often a version has answered since a time, in ms. */
export async function countAnswers(
  engine: Engine,
  query: { readonly model: string; readonly version: string; readonly since: number },
): Promise<number> {
  const [found] = await engine.rows<{ count: number }>(
    `SELECT count() AS count FROM {database}.predictions
     WHERE model = {model:String} AND version = {version:String} AND timestamp >= fromUnixTimestamp64Milli({since:Int64})`,
    query,
  );
  return found?.count ?? 0;
}

/** Resolves when the store answers at all. */
export async function askForLife(engine: Engine): Promise<void> {
  await engine.rows('SELECT 1 AS one');
}
