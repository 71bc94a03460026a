import { Bins } from '../../detectors/maths/bins.ts';
import { edgesOf, FIRST_NEGATIVE_CODE } from '../../detectors/maths/log-bins.ts';
import { addHistograms } from './add-histograms.ts';
import type { HistogramRow, RollupKind } from './histograms.ts';
import { NativeReader, type DictionaryColumn } from './native-reader.ts';

/** The columns that histograms of several models are read with. */
export type HistogramBlock = ReturnType<typeof readBlock>;

export function readHistogramBlocks(bytes: Uint8Array): HistogramBlock[] {
  const blocks: HistogramBlock[] = [];
  const reader = new NativeReader(bytes);
  while (reader.next()) blocks.push(readBlock(reader));
  return blocks;
}

function readBlock(reader: NativeReader) {
  return {
    rows: reader.rows,
    model: reader.dictionary(),
    version: reader.dictionary(),
    slice: reader.dictionary(),
    kind: reader.dictionary(),
    name: reader.dictionary(),
    wanted: reader.small(),
    hours: reader.naturalArrays(),
    records: reader.counts(),
    absent: reader.counts(),
    numbers: withEdges(reader.codeCounts()),
    categories: reader.textCounts(),
  };
}

/** What blocks hold of a model: rows of one place, which stand together, are added up. */
export function rowsOf(blocks: readonly HistogramBlock[], model: string): HistogramRow[] {
  const rows: HistogramRow[] = [];
  for (const row of blocks.flatMap((block) => rowsOfBlock(block, model))) {
    const last = rows.at(-1);
    if (last === undefined || !isSamePlace(last, row)) rows.push(row);
    else rows[rows.length - 1] = { ...row, histogram: addHistograms(last.histogram, row.histogram) };
  }
  return rows;
}

/** Rows of two readings as one, in the order of one: those of the same place are added up. */
export function addRows(some: readonly HistogramRow[], others: readonly HistogramRow[]): HistogramRow[] {
  const byPlace = new Map(some.map((row) => [placeOf(row), row]));
  for (const row of others) {
    const known = byPlace.get(placeOf(row));
    const histogram = known === undefined ? row.histogram : addHistograms(known.histogram, row.histogram);
    byPlace.set(placeOf(row), { ...row, histogram });
  }
  return [...byPlace].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

function isSamePlace(one: HistogramRow, other: HistogramRow): boolean {
  return (
    one.name === other.name && one.kind === other.kind && one.slice === other.slice && one.version === other.version
  );
}

/** Sorts as the columns do: no name holds the character that parts them. */
function placeOf({ version, slice, kind, name }: HistogramRow): string {
  return [version, slice, kind, name].join('\0');
}

/** Whole hours that a block holds of each model, in Unix seconds. */
export function hoursIn(blocks: readonly HistogramBlock[]): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const { rows, model, hours } of blocks)
    for (let row = 0; row < rows; row++) {
      const name = textAt(model, row);
      const known = found.get(name) ?? new Set();
      found.set(name, known);
      for (let at = hours.ends[row - 1] ?? 0; at < hours.ends[row]!; at++) known.add(hours.values[at]!);
    }
  return found;
}

function rowsOfBlock(block: HistogramBlock, model: string): HistogramRow[] {
  const { numbers, categories } = block;
  const found: HistogramRow[] = [];
  const wanted = block.model.keys.indexOf(model);
  for (let row = 0; row < block.rows; row++) {
    if (block.model.indexes[row] !== wanted || block.wanted[row] === 0) continue;
    const [firstText, endOfTexts] = [categories.ends[row - 1] ?? 0, categories.ends[row] ?? 0];
    found.push({
      version: textAt(block.version, row),
      slice: textAt(block.slice, row),
      kind: textAt(block.kind, row) as RollupKind,
      name: textAt(block.name, row),
      histogram: {
        count: block.records[row] ?? 0,
        missing: block.absent[row] ?? 0,
        bins: binsBetween(numbers, numbers.ends[row - 1] ?? 0, numbers.ends[row] ?? 0),
        categories: categories.texts
          .slice(firstText, endOfTexts)
          .map((value, at) => ({ value, count: categories.counts[firstText + at] ?? 0 })),
      },
    });
  }
  return found;
}

function textAt({ keys, indexes }: DictionaryColumn, row: number): string {
  return keys[indexes[row] ?? 0] ?? '';
}

/** The bins of all rows as columns, which each row has a stretch of. */
function withEdges<Counts extends { readonly codes: Int32Array }>(numbers: Counts) {
  return { ...numbers, ...edgesOf(numbers.codes) };
}

function binsBetween({ codes, low, high, counts }: HistogramBlock['numbers'], first: number, end: number): Bins {
  const bins = new Bins(low, high, counts, first, end);
  // Codes ascend; those of negative numbers stand behind the others, the nearest to zero first.
  const hasNegative = end > first && codes[end - 1]! >= FIRST_NEGATIVE_CODE;
  return hasNegative ? Bins.of([...bins].sort((one, other) => one.low - other.low)) : bins;
}
