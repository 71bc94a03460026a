import { binCode } from '../../detectors/maths/log-bins.ts';
import { ALL } from '../../detectors/terms.ts';
import { bucketOf, OTHER } from './buckets.ts';
import type { KnownFeatures, KnownVersion } from './known-features.ts';
import { Integer32Column, Integer64Column, LowCardinalityColumn, StringColumn } from './native/columns.ts';
import { MapColumn, SummedColumn } from './native/nested.ts';
import type { PredictionDraft } from './predictions.ts';
import { entry } from './span-rollup.ts';

/** Categories are for counting: longer texts count as "other". */
const LONGEST_CATEGORY = 256;
/** Rows that every version may have, whatever the limit on features. */
const ALWAYS: ReadonlySet<string> = new Set(['score\n', 'decision\n', 'latency\n']);

export interface RollupLimits {
  readonly maxSlices: number;
  readonly maxCategories: number;
  readonly maxFeatures: number;
}

/** One feature (or score, decision, latency) of one slice in one bucket. */
interface Cell {
  present: number;
  /** Had it in a form that is not rolled up (an embedding): neither counted nor missing. */
  apart: number;
  readonly numbers: Map<number, number>;
  readonly categories: Map<string, number>;
}

/** One slice of one version in one bucket. */
interface Group {
  readonly known: KnownVersion;
  readonly slice: string;
  readonly bucket: number;
  count: number;
  readonly cells: Map<string, Cell>;
}

/** The columns of the table `prediction_minutes`. */
export function predictionMinuteColumns() {
  return {
    model: new LowCardinalityColumn(),
    version: new LowCardinalityColumn(),
    slice: new LowCardinalityColumn(),
    kind: new LowCardinalityColumn(),
    name: new LowCardinalityColumn(),
    bucket: new Integer32Column('DateTime'),
    count: new SummedColumn('sum', new Integer64Column('UInt64')),
    missing: new SummedColumn('sum', new Integer64Column('UInt64')),
    numbers: new SummedColumn('sumMap', new MapColumn(new Integer32Column('Int32'), new Integer64Column('UInt64'))),
    categories: new SummedColumn('sumMap', new MapColumn(new StringColumn(), new Integer64Column('UInt64'))),
  };
}

type Columns = ReturnType<typeof predictionMinuteColumns>;

/**
 * Counts the predictions of one segment while they are in hand. Every group has a row of kind `score` with an empty name,
 * so that its count is the traffic even of a model without scores.
 */
export class PredictionRollup {
  readonly #limits: RollupLimits;
  readonly #known: KnownFeatures;
  readonly #sliceTags: (model: string) => readonly string[];
  readonly #groups = new Map<string, Group>();
  /** Cells held in memory. */
  size = 0;
  /** Categories of this segment by version, kind and name. */
  readonly #vocabularies = new Map<KnownVersion, Map<string, Set<string>>>();

  constructor(limits: RollupLimits, known: KnownFeatures, sliceTags: (model: string) => readonly string[]) {
    this.#limits = limits;
    this.#known = known;
    this.#sliceTags = sliceTags;
  }

  count(draft: PredictionDraft, receivedAt: number): void {
    const known = this.#known.version(draft.model, draft.version, receivedAt);
    const bucket = bucketOf(draft.timestamp, receivedAt);
    for (const slice of this.#slicesOf(draft, known)) this.#countIn(this.#group(known, slice, bucket), draft);
  }

  columns(): Columns {
    const columns = predictionMinuteColumns();
    for (const group of this.#groups.values())
      for (const row of group.known.rows) append(columns, group, row, group.cells.get(row));
    return columns;
  }

  #countIn(group: Group, draft: PredictionDraft): void {
    group.count++;
    for (const { name, value } of draft.features) {
      const row = `feature\n${name}`;
      if (typeof value === 'object' && value !== null) {
        // An embedding alone makes no rollup; where the name has one, this record is left out of it.
        if (group.known.rows.has(row)) this.#cell(group, row).apart++;
        continue;
      }
      if (!this.#know(group.known, row)) continue;
      if (typeof value === 'number') this.#countNumber(group, row, value);
      else if (value !== null) this.#countCategory(group, row, String(value));
    }
    this.#know(group.known, 'score\n');
    if (draft.score !== null) this.#countNumber(group, 'score\n', draft.score);
    for (const [name, score] of draft.scores)
      if (this.#know(group.known, `score\n${name}`)) this.#countNumber(group, `score\n${name}`, score);
    if (draft.decision !== '' && this.#know(group.known, 'decision\n'))
      this.#countCategory(group, 'decision\n', draft.decision);
    if (draft.latencyMs !== null && this.#know(group.known, 'latency\n'))
      this.#countNumber(group, 'latency\n', draft.latencyMs);
  }

  /** `all`, and one a tag that the model is cut by; above the limit the value is `other`. */
  #slicesOf(draft: PredictionDraft, known: KnownVersion): string[] {
    const slices: string[] = [ALL];
    for (const tag of this.#sliceTags(draft.model)) {
      const value = draft.tags.find(([name]) => name === tag)?.[1];
      if (value === undefined) continue;
      const slice = `${tag}=${value}`;
      if (!known.slices.has(slice)) {
        if (known.slices.size >= this.#limits.maxSlices) {
          slices.push(`${tag}=${OTHER}`);
          continue;
        }
        known.slices.add(slice);
        this.#known.grew();
      }
      slices.push(slice);
    }
    return slices;
  }

  #group(known: KnownVersion, slice: string, bucket: number): Group {
    const key = `${bucket}\n${JSON.stringify([known.model, known.version])}${slice}`;
    return entry(this.#groups, key, () => ({ known, slice, bucket, count: 0, cells: new Map<string, Cell>() }));
  }

  /** False for a new feature above the limit: it is stored, but not rolled up. */
  #know(known: KnownVersion, row: string): boolean {
    if (known.rows.has(row)) return true;
    if (known.rows.size >= this.#limits.maxFeatures && !ALWAYS.has(row)) return false;
    known.rows.add(row);
    this.#known.grew();
    return true;
  }

  #countNumber(group: Group, row: string, value: number): void {
    const cell = this.#cell(group, row);
    const code = binCode(value);
    cell.present++;
    cell.numbers.set(code, (cell.numbers.get(code) ?? 0) + 1);
  }

  #cell(group: Group, row: string): Cell {
    return entry(group.cells, row, () => {
      this.size++;
      return { present: 0, apart: 0, numbers: new Map<number, number>(), categories: new Map<string, number>() };
    });
  }

  #countCategory(group: Group, row: string, category: string): void {
    const vocabularies = entry(this.#vocabularies, group.known, () => new Map<string, Set<string>>());
    const vocabulary = entry(vocabularies, row, () => new Set<string>());
    let counted = category.length > LONGEST_CATEGORY ? OTHER : category;
    if (!vocabulary.has(counted)) {
      if (vocabulary.size < this.#limits.maxCategories) vocabulary.add(counted);
      else counted = OTHER;
    }
    const cell = this.#cell(group, row);
    cell.present++;
    cell.categories.set(counted, (cell.categories.get(counted) ?? 0) + 1);
  }
}

function append(columns: Columns, group: Group, row: string, cell: Cell | undefined): void {
  const count = group.count - (cell?.apart ?? 0);
  if (count === 0) return;
  const cut = row.indexOf('\n');
  columns.model.push(group.known.model);
  columns.version.push(group.known.version);
  columns.slice.push(group.slice);
  columns.kind.push(row.slice(0, cut));
  columns.name.push(row.slice(cut + 1));
  columns.bucket.push(group.bucket);
  columns.count.inner.push(count);
  columns.missing.inner.push(count - (cell?.present ?? 0));
  const numbers = columns.numbers.inner;
  for (const [code, times] of cell?.numbers ?? []) {
    numbers.keys.push(code);
    numbers.values.push(times);
  }
  numbers.close();
  const categories = columns.categories.inner;
  for (const [category, times] of cell?.categories ?? []) {
    categories.keys.push(category);
    categories.values.push(times);
  }
  categories.close();
}
