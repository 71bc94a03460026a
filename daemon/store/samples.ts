import type { Sample, Window } from '../../detectors/terms.ts';
import type { Engine, Parameters } from './engine.ts';

/** Rows of a sample, and numbers in all: a sample is stored with its findings. */
export const MOST_ROWS = 1000;
const MOST_EMBEDDINGS = 300;
const MOST_NUMBERS = 120_000;
/** Categories of a feature that have a column, and the share of the rows that each has at least. */
const MOST_CATEGORIES = 10;
const LEAST_SHARE = 0.01;
/** The largest number of 32 bits; Math.fround would make more of it infinite. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** In the order of a hash: a random sample that is the same each time. Names are sorted without the rows, then rows are read. */
function sampled(stretches: readonly Window[], also = ''): string {
  const within = `model = {model:String} AND (${stretches
    .map(
      (_, at) => `(timestamp >= fromUnixTimestamp64Milli({from${at}:Int64})
    AND timestamp < fromUnixTimestamp64Milli({to${at}:Int64}))`,
    )
    .join(' OR ')})${also}`;
  return `${within} AND prediction_id IN (
    SELECT prediction_id FROM {database}.predictions WHERE ${within}
    ORDER BY cityHash64(prediction_id), prediction_id LIMIT {rows:UInt32}
  ) ORDER BY cityHash64(prediction_id), prediction_id LIMIT 1 BY prediction_id`;
}

function boundsOf(stretches: readonly Window[]): Parameters {
  return Object.fromEntries(
    stretches.flatMap(({ from, to }, at) => [
      [`from${at}`, from],
      [`to${at}`, to],
    ]),
  );
}

/**
 * A random sample of the rows of some stretches, at least one, all features together: numbers as they are, each common category as a column
 * `feature=value` of 0 and 1.
 */
export async function readRowSample(engine: Engine, model: string, stretches: readonly Window[]): Promise<Sample> {
  const rows = await engine.rows<{ numbers: Record<string, number | null>; categories: Record<string, string> }>(
    `SELECT numbers, categories FROM {database}.predictions WHERE ${sampled(stretches)}`,
    { model, ...boundsOf(stretches), rows: MOST_ROWS },
  );
  return sampleOfFeatures(rows);
}

/** Rows, or as many of the first as there is room for, as a matrix of their features. */
export function sampleOfFeatures(
  rows: readonly {
    readonly numbers: Readonly<Record<string, number | null>>;
    readonly categories: Readonly<Record<string, string>>;
  }[],
): Sample {
  const names = [...new Set(rows.flatMap(({ numbers }) => Object.keys(numbers)))].sort();
  const columns = [...names, ...commonCategories(rows.map(({ categories }) => categories))];
  const kept = rows.slice(0, Math.max(1, Math.floor(MOST_NUMBERS / Math.max(1, columns.length))));
  const values = kept.flatMap(({ numbers, categories }) => {
    const present = new Set(Object.entries(categories).map(([name, value]) => `${name}=${value}`));
    return columns.map((column, at) => (at < names.length ? (numbers[column] ?? NaN) : present.has(column) ? 1 : 0));
  });
  return sampleOf(kept.length, columns, values);
}

/** A random sample of each embedding of some stretches, at least one; vectors of another length than the first are left out. */
export async function readEmbeddingSamples(
  engine: Engine,
  model: string,
  stretches: readonly Window[],
): Promise<{ readonly name: string; readonly sample: Sample }[]> {
  const rows = await engine.rows<{ embeddings: Record<string, number[]> }>(
    `SELECT embeddings FROM {database}.predictions WHERE ${sampled(stretches, ' AND notEmpty(embeddings)')}`,
    { model, ...boundsOf(stretches), rows: MOST_EMBEDDINGS },
  );
  const names = [...new Set(rows.flatMap(({ embeddings }) => Object.keys(embeddings)))].sort();
  return names.map((name) => {
    const vectors = rows.flatMap(({ embeddings }) => (embeddings[name] === undefined ? [] : [embeddings[name]]));
    const length = vectors[0]?.length ?? 0;
    const kept = vectors.filter((vector) => vector.length === length).slice(0, Math.floor(MOST_NUMBERS / length));
    const columns = Array.from({ length }, (_, at) => String(at));
    return { name, sample: sampleOf(kept.length, columns, kept.flat()) };
  });
}

function commonCategories(rows: readonly Readonly<Record<string, string>>[]): string[] {
  const byFeature = new Map<string, Map<string, number>>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const counts = byFeature.get(name) ?? new Map<string, number>();
      counts.set(value, (counts.get(value) ?? 0) + 1);
      byFeature.set(name, counts);
    }
  }
  return [...byFeature]
    .flatMap(([name, counts]) =>
      [...counts]
        .filter(([, count]) => count >= LEAST_SHARE * rows.length)
        .sort(([value, count], [other, otherCount]) => otherCount - count || (value < other ? -1 : 1))
        .slice(0, MOST_CATEGORIES)
        .map(([value]) => `${name}=${value}`),
    )
    .sort();
}

function sampleOf(rows: number, columns: readonly string[], values: readonly number[]): Sample {
  const narrow = Float32Array.from(values, (value) => Math.min(LARGEST, Math.max(-LARGEST, value)));
  const matrix = Buffer.from(narrow.buffer).toString('base64');
  return { rows, columns, matrix };
}
