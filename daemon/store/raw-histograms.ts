import { ALL, type Category, type Histogram, type Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';
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
  const records = total?.records ?? 0;
  const numbers = await readNumbers(engine, from, parameters, records);
  const texts = await engine.rows<{ feature: string; texts: Record<string, number> }>(
    `SELECT feature, CAST((groupArray(text), groupArray(times)), 'Map(String, UInt64)') AS texts FROM (
       SELECT feature, text, count() AS times
       FROM (SELECT mapKeys(categories) AS features, mapValues(categories) AS values ${from}) ARRAY JOIN features AS feature, values AS text
       ${name === '' ? '' : 'WHERE feature = {name:String}'} GROUP BY feature, text
     ) GROUP BY feature ORDER BY feature`,
    parameters,
  );
  return together(records, numbers, texts);
}

interface FeatureCodes {
  readonly feature: string;
  readonly codes: Readonly<Record<string, number>>;
}

/** The bin of a number: see `binCode`. -0 counts as 0. */
const CODE = 'bitShiftRight(reinterpretAsUInt64(value + 0.), 47)';
/** Bits of a bin. */
const CODE_BITS = 17;
/** Features whose place among them fits into 32 bits with the bin. */
const MOST_PLACES = 1 << (32 - CODE_BITS);
/** Whether a row names the features of the first one in their order: none of these holds what stands between them here. */
const IS_LIKE_FIRST = `length(numbers.keys) = {places:UInt32} AND arrayStringConcat(numbers.keys, '\\0') = {names:String}`;

/**
 * Bins of every number. As a rule all rows name the same features in the same order: they are counted by place and bin in
 * one, in half the time that pairing every number with its name takes. Of rows that differ the names are read.
 */
async function readNumbers(
  engine: Engine,
  from: string,
  parameters: Parameters,
  records: number,
): Promise<readonly FeatureCodes[]> {
  const [first] = await engine.rows<{ names: readonly string[] }>(
    `SELECT numbers.keys AS names ${from} LIMIT 1`,
    parameters,
  );
  const names = first?.names ?? [];
  const isPlain = names.length > 0 && names.length <= MOST_PLACES && !names.some((name) => name.includes('\0'));
  if (!isPlain || parameters['name'] !== '') return readByName(engine, from, parameters);
  const bound = { ...parameters, places: names.length, names: names.join('\0') };
  const byPlace = await engine.rows<{ place: number; codes: Record<string, number> }>(
    `SELECT bitShiftRight(key, ${CODE_BITS}) AS place,
            CAST((groupArray(toInt32(bitAnd(key, ${(1 << CODE_BITS) - 1}))), groupArray(times)), 'Map(Int32, UInt64)') AS codes
     FROM (
       SELECT key, count() AS times FROM (SELECT numbers.values AS values ${from} AND ${IS_LIKE_FIRST})
       ARRAY JOIN arrayMap((value, at) -> toUInt32(bitOr(bitShiftLeft(at - 1, ${CODE_BITS}), ${CODE})), values, arrayEnumerate(values)) AS key
       GROUP BY key
     ) GROUP BY place ORDER BY place`,
    bound,
  );
  const alike = byPlace.map(({ place, codes }) => ({ feature: names[place]!, codes }));
  // Every row that was counted has a number in the first place.
  const counted = Object.values(alike[0]?.codes ?? {}).reduce((sum, times) => sum + times, 0);
  if (counted === records) return alike;
  return addCodes(alike, await readByName(engine, `${from} AND NOT (${IS_LIKE_FIRST})`, bound));
}

function readByName(engine: Engine, from: string, parameters: Parameters): Promise<readonly FeatureCodes[]> {
  return engine.rows<FeatureCodes>(
    `SELECT feature, CAST((groupArray(code), groupArray(times)), 'Map(Int32, UInt64)') AS codes FROM (
       SELECT feature, toInt32(${CODE}) AS code, count() AS times
       FROM (SELECT mapKeys(numbers) AS features, mapValues(numbers) AS values ${from}) ARRAY JOIN features AS feature, values AS value
       ${parameters['name'] === '' ? '' : 'WHERE feature = {name:String}'} GROUP BY feature, code
     ) GROUP BY feature ORDER BY feature`,
    parameters,
  );
}

function addCodes(some: readonly FeatureCodes[], others: readonly FeatureCodes[]): FeatureCodes[] {
  const all = new Map(some.map(({ feature, codes }) => [feature, { ...codes }]));
  for (const { feature, codes } of others) {
    const known = all.get(feature) ?? {};
    for (const [code, times] of Object.entries(codes)) known[code] = (known[code] ?? 0) + times;
    all.set(feature, known);
  }
  return [...all].map(([feature, codes]) => ({ feature, codes }));
}

function together(
  count: number,
  numbers: readonly FeatureCodes[],
  texts: readonly { readonly feature: string; readonly texts: Readonly<Record<string, number>> }[],
): { readonly name: string; readonly histogram: Histogram }[] {
  const byName = new Map(texts.map((row) => [row.feature, row.texts]));
  const codes = new Map(numbers.map((row) => [row.feature, row.codes]));
  return [...new Set([...codes.keys(), ...byName.keys()])].sort().map((name) => {
    const bins = binsOf(codes.get(name) ?? {});
    const categories = Object.entries(byName.get(name) ?? {})
      .map(([value, times]): Category => ({ value, count: times }))
      .sort((one, other) => (one.value < other.value ? -1 : 1));
    const present = [...bins, ...categories].reduce((sum, counted) => sum + counted.count, 0);
    return { name, histogram: { count, missing: count - present, bins, categories } };
  });
}
