import { binCode } from '../../../detectors/maths/log-bins.ts';
import { ALL } from '../../../detectors/terms.ts';
import { bucketOf } from './buckets.ts';
import { CodeCounts } from './code-counts.ts';
import type { KnownFeatures, KnownVersion } from './known-features.ts';
import { Integer32Column, Integer64Column, LowCardinalityColumn, StringColumn } from '../native/columns.ts';
import { MapColumn, SummedColumn } from '../native/nested.ts';
import { EMBEDDING, NUMBER, TEXT, type Words } from '../records/feature-list.ts';
import type { PredictionDraft } from '../records/predictions.ts';
import { sliceCutters, type SliceCutter } from './slice-cutter.ts';
import { entry } from './span-rollup.ts';
import { VersionRows, type RollupLimits } from './version-rows.ts';

/** Codes below are bins of numbers; from here on they are numbers of categories. */
const FIRST_CATEGORY = 1 << 17;
/** In place of a code: had it in a form that is not rolled up (an embedding), so it is neither counted nor missing. */
const APART = -1;

/** One slice of one version in one bucket. */
interface Group {
  readonly rows: VersionRows;
  readonly slice: string;
  readonly bucket: number;
  count: number;
  /** By row, plus one; 0 where nothing came. */
  readonly cells: number[];
}

/** What the segment holds of one version. */
interface Version {
  readonly rows: VersionRows;
  readonly cutters: readonly SliceCutter[];
  /** The slice of a tag or category, as the rows know it. */
  readonly named: (of: string, value: string) => string;
  readonly groups: Map<number, Map<string, Group>>;
}

/** The columns of the table `prediction_minutes`. */
export function predictionMinuteColumns() {
  return {
    model: new LowCardinalityColumn(),
    version: new LowCardinalityColumn(),
    slice: new LowCardinalityColumn(),
    kind: new LowCardinalityColumn(),
    name: new LowCardinalityColumn(),
    bucket: new Integer32Column("DateTime('UTC')"),
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
  readonly #slicesOf: (model: string) => readonly string[];
  readonly #versions = new Map<KnownVersion, Version>();
  readonly #groups: Group[] = [];
  readonly #counts = new CodeCounts();
  /** Of each cell: records that stand apart. */
  readonly #apart: number[] = [];
  /** Rows and codes of the record in hand. */
  readonly #rowsNow: number[] = [];
  readonly #codesNow: number[] = [];
  #now = 0;

  constructor(limits: RollupLimits, known: KnownFeatures, slicesOf: (model: string) => readonly string[]) {
    this.#limits = limits;
    this.#known = known;
    this.#slicesOf = slicesOf;
  }

  /** Cells held in memory. */
  get size(): number {
    return this.#counts.cells;
  }

  count(draft: PredictionDraft, receivedAt: number): void {
    const known = this.#known.version(draft.model, draft.version, receivedAt);
    const version = entry(this.#versions, known, () => this.#open(known, draft.features.words));
    const bucket = bucketOf(draft.timestamp, receivedAt);
    const { rows, cutters, named } = version;
    const groups = entry(version.groups, bucket, () => new Map<string, Group>());
    this.#now = 0;
    this.#noteFeatures(rows, draft);
    this.#noteAnswer(rows, draft);
    this.#countIn(this.#group(groups, rows, ALL, bucket));
    for (const cutter of cutters) {
      const slice = cutter.cut(draft, named);
      if (slice !== undefined) this.#countIn(this.#group(groups, rows, slice, bucket));
    }
  }

  /** A change of what cuts the slices holds from the next segment on. */
  #open(known: KnownVersion, words: Words): Version {
    const rows = new VersionRows(this.#limits, this.#known, known, words);
    return {
      rows,
      cutters: sliceCutters(this.#slicesOf(known.model)),
      named: (of, value) => rows.slice(of, value),
      groups: new Map<number, Map<string, Group>>(),
    };
  }

  columns(): Columns {
    const columns = predictionMinuteColumns();
    const rowsOf = new Map([...this.#versions.values()].map(({ rows }) => [rows, rows.all()]));
    for (const group of this.#groups)
      for (const { kind, name, row } of rowsOf.get(group.rows) ?? []) this.#append(columns, group, kind, name, row);
    return columns;
  }

  #noteFeatures(rows: VersionRows, { features }: PredictionDraft): void {
    const { names, kinds, numbers, texts } = features;
    for (let at = 0; at < features.length; at++) {
      const kind = kinds[at];
      // An embedding alone makes no rollup; where the name has one, this record is left out of it.
      if (kind === EMBEDDING) this.#note(rows.knownFeature(names[at]!), APART);
      else {
        const row = rows.feature(names[at]!);
        if (kind === NUMBER) this.#note(row, binCode(numbers[at]!));
        else if (kind === TEXT && row >= 0) this.#note(row, FIRST_CATEGORY + rows.category(row, texts[at]!));
      }
    }
  }

  #noteAnswer(rows: VersionRows, { score, scores, decision, latencyMs, features }: PredictionDraft): void {
    const main = rows.other('score', '');
    if (score !== null) this.#note(main, binCode(score));
    for (const [name, one] of scores) this.#note(rows.other('score', name), binCode(one));
    if (decision !== '') {
      const row = rows.other('decision', '');
      this.#note(row, FIRST_CATEGORY + rows.category(row, features.words.texts.place(decision)));
    }
    if (latencyMs !== null) this.#note(rows.other('latency', ''), binCode(latencyMs));
  }

  #note(row: number, code: number): void {
    if (row < 0) return;
    this.#rowsNow[this.#now] = row;
    this.#codesNow[this.#now] = code;
    this.#now++;
  }

  #group(groups: Map<string, Group>, rows: VersionRows, slice: string, bucket: number): Group {
    return entry(groups, slice, () => {
      const group: Group = { rows, slice, bucket, count: 0, cells: [] };
      this.#groups.push(group);
      return group;
    });
  }

  #countIn(group: Group): void {
    const { cells } = group;
    group.count++;
    while (cells.length < group.rows.count) cells.push(0);
    for (let at = 0; at < this.#now; at++) {
      const row = this.#rowsNow[at]!;
      const code = this.#codesNow[at]!;
      const cell = (cells[row]! || (cells[row] = this.#addCell())) - 1;
      if (code === APART) this.#apart[cell]!++;
      else this.#counts.add(cell, code);
    }
  }

  /** @returns the number of a new cell, plus one */
  #addCell(): number {
    this.#apart.push(0);
    return this.#counts.addCell() + 1;
  }

  #append(columns: Columns, group: Group, kind: string, name: string, row: number): void {
    const cell = (group.cells[row] ?? 0) - 1;
    const count = group.count - (this.#apart[cell] ?? 0);
    if (count === 0) return;
    const { model, version } = group.rows.known;
    columns.model.push(model);
    columns.version.push(version);
    columns.slice.push(group.slice);
    columns.kind.push(kind);
    columns.name.push(name);
    columns.bucket.push(group.bucket);
    columns.count.inner.push(count);
    const [numbers, categories] = [columns.numbers.inner, columns.categories.inner];
    let present = 0;
    if (cell >= 0)
      this.#counts.each(cell, (code, times) => {
        present += times;
        if (code < FIRST_CATEGORY) {
          numbers.keys.push(code);
          numbers.values.push(times);
        } else {
          categories.keys.push(group.rows.categoryName(row, code - FIRST_CATEGORY));
          categories.values.push(times);
        }
      });
    columns.missing.inner.push(count - present);
    numbers.close();
    categories.close();
  }
}
