import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { bindPopulation, inPopulation, type Population } from './replay-population.ts';

/** Classes that are told apart: the most frequent ones. */
const MOST_CLASSES = 100;

/**
 * The probabilities in a column `scores` of the classes that are bound as `classes`, and the largest of all others; NaN where
 * there are none. To be read with `NativeReader.floatArrays`.
 */
export function scoresByClass(scores: string): string {
  const known = '{classes:Array(String)}';
  const others = `mapValues(mapFilter((name, score) -> NOT has(${known}, name), ${scores}))`;
  return `if(empty(mapKeys(${scores})), arrayResize(emptyArrayFloat64(), length(${known}) + 1, nan),
    arrayPushBack(arrayMap(name -> ${scores}[name], ${known}), arrayMax(arrayPushBack(${others}, 0))))`;
}

/** The most probable class, of equally probable ones the first by name; empty without probabilities. */
export function decidedBy(scores: string): string {
  return `if(empty(mapKeys(${scores})), '', arrayFirst(name -> ${scores}[name] = arrayMax(mapValues(${scores})), arraySort(mapKeys(${scores}))))`;
}

/** Classes that recorded predictions of a population give probabilities of, in ascending order. */
export async function readRecordedClasses(engine: Engine, population: Population): Promise<string[]> {
  const found = await engine.rows<{ name: string }>(
    `SELECT arrayJoin(mapKeys(scores)) AS name FROM {database}.predictions
     WHERE ${inPopulation(population)} GROUP BY name ORDER BY count() DESC, name LIMIT ${MOST_CLASSES}`,
    bindPopulation(population),
  );
  return found.map(({ name }) => name).sort();
}

/** Classes that recent predictions of a model give probabilities of, in ascending order. */
export async function readRecentClasses(engine: Engine, model: string, window: Window): Promise<string[]> {
  const found = await engine.rows<{ name: string }>(
    `SELECT arrayJoin(mapKeys(scores)) AS name FROM {database}.predictions
     WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY name ORDER BY count() DESC, name LIMIT ${MOST_CLASSES}`,
    { model, ...window },
  );
  return found.map(({ name }) => name).sort();
}
