import { totalOf } from '../../detectors/maths/quantile.ts';
import { ALL, type Category, type Histogram, type Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';
import { binsOf } from './histograms.ts';
import { codeOf, listsAsStored, MISSING_CODE, NUMBER_NAMES, numberNamed } from './number-columns.ts';
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

/** Bits of a bin. */
const CODE_BITS = 17;
/** Lists of names that are looked for, and names in them: a place among these fits into 32 bits with the bin. */
const MOST_LISTS = 64;
const MOST_NAMES = 10_000;

/**
 * Bins of every number. As a rule rows share a few lists of names: they are counted by place and bin in one, in a third of the
 * time that pairing every number with its name takes. Of rows with other lists the names are read.
 */
async function readNumbers(
  engine: Engine,
  from: string,
  parameters: Parameters,
  records: number,
): Promise<readonly FeatureCodes[]> {
  if (parameters['name'] !== '') return readNamed(engine, from, parameters);
  const found = await engine.rows<{ names: readonly string[]; times: number }>(
    `SELECT ${NUMBER_NAMES} AS names, count() AS times ${from} GROUP BY number_names ORDER BY times DESC, number_names LIMIT ${MOST_LISTS}`,
    parameters,
  );
  const lists = shortEnough(found.filter(({ names }) => names.length > 0));
  const without = found.find(({ names }) => names.length === 0)?.times ?? 0;
  const listed = lists.reduce((sum, { times }) => sum + times, without);
  const bound = { ...parameters, lists: lists.map(({ names }) => names) };
  const alike = lists.length === 0 ? [] : await readByPlace(engine, from, bound);
  if (listed === records) return alike;
  return addCodes(alike, await readByName(engine, `${from} AND NOT has(${LISTS}, number_names)`, bound));
}

/** As many from the front as have `MOST_NAMES` names together. */
function shortEnough<List extends { readonly names: readonly string[] }>(lists: readonly List[]): List[] {
  let names = 0;
  return lists.filter((list) => (names += list.names.length) <= MOST_NAMES);
}

const LISTS = listsAsStored('{lists:Array(Array(String))}');

async function readByPlace(
  engine: Engine,
  from: string,
  bound: Parameters & { readonly lists: readonly (readonly string[])[] },
): Promise<FeatureCodes[]> {
  const names = [...new Set(bound.lists.flat())];
  const placeOf = new Map(names.map((name, at) => [name, at + 1]));
  const places = bound.lists.map((list) => list.map((name) => placeOf.get(name)));
  // One list is in the order of its places.
  const at = places.length === 1 ? 'arrayEnumerate(values)' : '{places:Array(Array(UInt32))}[list]';
  const byPlace = await engine.rows<{ place: number; codes: Record<string, number> }>(
    `SELECT bitShiftRight(key, ${CODE_BITS}) AS place,
            CAST((groupArray(toInt32(bitAnd(key, ${(1 << CODE_BITS) - 1}))), groupArray(times)), 'Map(Int32, UInt64)') AS codes
     FROM (
       SELECT key, count() AS times FROM (SELECT number_values AS values, indexOf(${LISTS}, number_names) AS list ${from} AND list > 0)
       ARRAY JOIN arrayMap((value, at) -> toUInt32(bitOr(bitShiftLeft(at - 1, ${CODE_BITS}), ${codeOf('value')})), values, ${at}) AS key
       GROUP BY key
     ) WHERE bitAnd(key, ${(1 << CODE_BITS) - 1}) != ${MISSING_CODE} GROUP BY place ORDER BY place`,
    { ...bound, places },
  );
  return byPlace.map(({ place, codes }) => ({ feature: names[place]!, codes }));
}

function readByName(engine: Engine, from: string, parameters: Parameters): Promise<readonly FeatureCodes[]> {
  return engine.rows<FeatureCodes>(
    `SELECT feature, CAST((groupArray(code), groupArray(times)), 'Map(Int32, UInt64)') AS codes FROM (
       SELECT feature, toInt32(${codeOf('value')}) AS code, count() AS times
       FROM (SELECT ${NUMBER_NAMES} AS features, number_values AS values ${from}) ARRAY JOIN features AS feature, values AS value
       WHERE NOT isNaN(value) GROUP BY feature, code
     ) GROUP BY feature ORDER BY feature`,
    parameters,
  );
}

async function readNamed(engine: Engine, from: string, parameters: Parameters): Promise<readonly FeatureCodes[]> {
  const found = await engine.rows<{ code: number; times: number }>(
    `SELECT toInt32(${codeOf('value')}) AS code, count() AS times FROM (SELECT ${numberNamed('{name:String}')} AS value ${from})
     WHERE NOT isNaN(value) GROUP BY code`,
    parameters,
  );
  if (found.length === 0) return [];
  return [
    { feature: String(parameters['name']), codes: Object.fromEntries(found.map((row) => [row.code, row.times])) },
  ];
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
    const present = bins.total + totalOf(categories);
    return { name, histogram: { count, missing: count - present, bins, categories } };
  });
}
