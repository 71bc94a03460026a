import { ALL, type Category, type Histogram, type Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { binsOf } from './histograms.ts';
import { sliceParameters, slicesOf } from './labelled-predictions.ts';

/** Narrows what is read; everything that is absent is not narrowed. */
export interface RawFilter {
  readonly version?: string | undefined;
  /** A slice that the rules cut; all records without it. */
  readonly slice?: string | undefined;
  /** What slices are cut by: see `parseSliceRule`. */
  readonly slices?: readonly string[];
  readonly name?: string | undefined;
}

/**
 * Histograms of features out of the predictions themselves, in the same bins as the rollups: for what was not cut when the
 * records came. It reads every row of the window.
 */
export async function readRawHistograms(
  engine: Engine,
  model: string,
  window: Window,
  { version = '', slice = ALL, slices = [], name = '' }: RawFilter = {},
): Promise<{ readonly name: string; readonly histogram: Histogram }[]> {
  const from = `FROM {database}.predictions
     WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       ${version === '' ? '' : 'AND version = {version:String}'} ${slice === ALL ? '' : `AND has(${slicesOf(slices)}, {slice:String})`}`;
  const parameters = { model, from: window.from, to: window.to, version, slice, name, ...sliceParameters(slices) };
  const [total] = await engine.rows<{ records: number }>(`SELECT count() AS records ${from}`, parameters);
  const numbers = await engine.rows<{ feature: string; codes: Record<string, number> }>(
    `SELECT feature, CAST((groupArray(code), groupArray(times)), 'Map(Int32, UInt64)') AS codes FROM (
       SELECT feature, toInt32(bitShiftRight(reinterpretAsUInt64(value + 0.), 47)) AS code, count() AS times
       FROM (SELECT mapKeys(numbers) AS features, mapValues(numbers) AS values ${from}) ARRAY JOIN features AS feature, values AS value
       ${name === '' ? '' : 'WHERE feature = {name:String}'} GROUP BY feature, code
     ) GROUP BY feature ORDER BY feature`,
    parameters,
  );
  const texts = await engine.rows<{ feature: string; texts: Record<string, number> }>(
    `SELECT feature, CAST((groupArray(text), groupArray(times)), 'Map(String, UInt64)') AS texts FROM (
       SELECT feature, text, count() AS times
       FROM (SELECT mapKeys(categories) AS features, mapValues(categories) AS values ${from}) ARRAY JOIN features AS feature, values AS text
       ${name === '' ? '' : 'WHERE feature = {name:String}'} GROUP BY feature, text
     ) GROUP BY feature ORDER BY feature`,
    parameters,
  );
  return together(total?.records ?? 0, numbers, texts);
}

function together(
  count: number,
  numbers: readonly { readonly feature: string; readonly codes: Readonly<Record<string, number>> }[],
  texts: readonly { readonly feature: string; readonly texts: Readonly<Record<string, number>> }[],
): { readonly name: string; readonly histogram: Histogram }[] {
  const byName = new Map(texts.map((row) => [row.feature, row.texts]));
  const codes = new Map(numbers.map((row) => [row.feature, row.codes]));
  return [...new Set([...codes.keys(), ...byName.keys()])].sort().map((name) => {
    const bins = binsOf(codes.get(name) ?? {});
    const categories = Object.entries(byName.get(name) ?? {}).map(([value, times]): Category => ({
      value,
      count: times,
    }));
    const present = [...bins, ...categories].reduce((sum, counted) => sum + counted.count, 0);
    return { name, histogram: { count, missing: count - present, bins, categories } };
  });
}
