import { classDistance, decidedClass } from './class-columns.ts';
import { addExactly, SUM_PLACES } from './exact-sum.ts';
import { SCORE_ERRORS } from './tally.ts';

/** Predictions that two models which tell classes apart have seen. */
export interface ClassPairs {
  readonly rows: number;
  /** Row-major, a column for each class that is compared; NaN in the rows without scores. */
  readonly recorded: Float64Array;
  readonly candidate: Float64Array;
  /** Money at stake. */
  readonly stakes: Float64Array;
  /** Index into `SCORE_ERRORS`. */
  readonly errors: Uint8Array;
  /** For each tag that cuts the traffic: names of slices, and one index a prediction; the empty name is no slice. */
  readonly slices: readonly { readonly keys: readonly string[]; readonly indexes: ArrayLike<number> }[];
}

/** What the pairs of one slice are reduced to: numbers of the predictions that were seen, whatever each stands for. */
export interface ClassCounts {
  readonly slice: string;
  readonly replayed: number;
  /** Replayed ones by the reason why the candidate gave no scores. */
  readonly errors: Readonly<Record<string, number>>;
  /** Recorded without scores of the control. */
  readonly unscored: number;
  /** With scores of both; everything below is about these. */
  readonly pairs: number;
  /** Of each class: how often each model decides it, and sums of its scores. */
  readonly classes: readonly {
    readonly control: number;
    readonly candidate: number;
    readonly controlSum: number;
    readonly candidateSum: number;
    readonly shiftSquares: number;
  }[];
  /** Where the decided classes differ: places of the two, how often, and the money at stake. */
  readonly changes: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly value: number;
  }[];
  /** Of the distance between the probabilities of the two. */
  readonly distanceSum: number;
  readonly distanceSquares: number;
}

const COUNTS = ['replayed', 'unscored', 'pairs', ...SCORE_ERRORS.slice(1)] as const;
type Count = (typeof COUNTS)[number];
const AT = Object.fromEntries(COUNTS.map((count, at) => [count, at])) as Record<Count, number>;
const DISTANCE = COUNTS.length;
const DISTANCE_SQUARES = DISTANCE + SUM_PLACES;
const CLASSES = DISTANCE_SQUARES + SUM_PLACES;
/** Of a class: decided by the control, by the candidate, then exact sums. */
const [CONTROL, CANDIDATE] = [2, 2 + SUM_PLACES];
const SHIFT_SQUARES = CANDIDATE + SUM_PLACES;
const A_CLASS = SHIFT_SQUARES + SUM_PLACES;

/** Numbers of slices and classes together: beyond that slices are counted together. */
const MOST_NUMBERS = 8_000;

interface Sums {
  readonly numbers: Float64Array;
  /** By `from * classes + to`: how often, and the exact sum of the money. */
  readonly changes: Map<number, Float64Array>;
}

/** Counts of a tally in plain values, to be kept. */
export type ClassTallyRecord = Readonly<
  Record<string, { readonly numbers: readonly number[]; readonly changes: readonly (readonly number[])[] }>
>;

/** Counts pairs by slice, as `Tally` does, where models tell classes apart. */
export class ClassTally {
  readonly #columns: number;
  readonly #slices = new Map<string, Sums>();

  /** @param columns classes that are compared; @param record what was counted before */
  constructor(columns: number, record: ClassTallyRecord = {}) {
    this.#columns = columns;
    for (const [slice, { numbers, changes }] of Object.entries(record))
      this.#slices.set(slice, {
        numbers: Float64Array.from(numbers),
        changes: new Map(changes.map(([key = 0, ...sums]) => [key, Float64Array.from(sums)])),
      });
  }

  /** Takes a page in. */
  add(pairs: ClassPairs): void {
    const cells = pairs.slices.map(({ keys, indexes }) => ({
      indexes,
      of: keys.map((key) => (key === '' ? null : this.#slice(key))),
    }));
    const all = this.#slice('all');
    for (let row = 0; row < pairs.rows; row++) {
      const found = decisionsOf(pairs, row, this.#columns);
      this.#count(all, pairs, row, found);
      for (const { indexes, of } of cells) {
        const slice = of[indexes[row] ?? 0];
        if (slice !== null && slice !== undefined) this.#count(slice, pairs, row, found);
      }
    }
  }

  get replayed(): number {
    return this.#slices.get('all')?.numbers[AT.replayed] ?? 0;
  }

  record(): ClassTallyRecord {
    return Object.fromEntries(
      [...this.#slices].map(([slice, { numbers, changes }]) => [
        slice,
        { numbers: [...numbers], changes: [...changes].map(([key, sums]) => [key, ...sums]) },
      ]),
    );
  }

  /** `all` first, then the largest slices. */
  counts(most: number): ClassCounts[] {
    return [...this.#slices]
      .map(([slice, sums]) => toCounts(slice, sums, this.#columns))
      .sort(
        (a, b) =>
          Number(b.slice === 'all') - Number(a.slice === 'all') ||
          b.replayed - a.replayed ||
          a.slice.localeCompare(b.slice),
      )
      .slice(0, most + 1);
  }

  #slice(name: string): Sums {
    const isRoom = this.#slices.size * this.#columns <= MOST_NUMBERS;
    const key = this.#slices.has(name) || isRoom ? name : `${name.split('=', 1)[0]}=(other)`;
    let sums = this.#slices.get(key);
    if (sums === undefined)
      this.#slices.set(
        key,
        (sums = { numbers: new Float64Array(CLASSES + this.#columns * A_CLASS), changes: new Map() }),
      );
    return sums;
  }

  #count({ numbers, changes }: Sums, pairs: ClassPairs, row: number, { from, to, distance }: Decisions): void {
    const error = pairs.errors[row] ?? 0;
    bump(numbers, AT.replayed);
    if (error > 0) bump(numbers, AT.not_finite + error - 1);
    if (from < 0) bump(numbers, AT.unscored);
    if (from < 0 || to < 0) return;
    bump(numbers, AT.pairs);
    bump(numbers, CLASSES + from * A_CLASS);
    bump(numbers, CLASSES + to * A_CLASS + 1);
    if (from !== to) this.#countChange(changes, from, to, pairs.stakes[row] ?? 0);
    addExactly(numbers, DISTANCE, distance);
    addExactly(numbers, DISTANCE_SQUARES, distance ** 2);
    for (let at = 0; at < this.#columns; at++) {
      const [place, of] = [CLASSES + at * A_CLASS, row * this.#columns + at];
      const [control, ours] = [pairs.recorded[of] ?? 0, pairs.candidate[of] ?? 0];
      addExactly(numbers, place + CONTROL, control);
      addExactly(numbers, place + CANDIDATE, ours);
      addExactly(numbers, place + SHIFT_SQUARES, (ours - control) ** 2);
    }
  }

  #countChange(changes: Sums['changes'], from: number, to: number, stake: number): void {
    const key = from * this.#columns + to;
    let sums = changes.get(key);
    if (sums === undefined) changes.set(key, (sums = new Float64Array(1 + SUM_PLACES)));
    bump(sums, 0);
    addExactly(sums, 1, stake);
  }
}

/** What both decide on one prediction, -1 where there are no scores, and how far their probabilities are apart. */
interface Decisions {
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

function decisionsOf({ recorded, candidate }: ClassPairs, row: number, columns: number): Decisions {
  const [from, to] = [decidedClass(recorded, row, columns), decidedClass(candidate, row, columns)];
  return { from, to, distance: from < 0 || to < 0 ? 0 : classDistance(recorded, candidate, row, columns) };
}

function bump(numbers: Float64Array, at: number): void {
  numbers[at] = (numbers[at] ?? 0) + 1;
}

function toCounts(slice: string, { numbers, changes }: Sums, columns: number): ClassCounts {
  const of = (count: Count): number => numbers[AT[count]] ?? 0;
  const errors = SCORE_ERRORS.slice(1).map((error) => [error, of(error as Count)] as const);
  return {
    slice,
    replayed: of('replayed'),
    errors: Object.fromEntries(errors.filter(([, count]) => count > 0)),
    unscored: of('unscored'),
    pairs: of('pairs'),
    classes: Array.from({ length: columns }, (_, at) => {
      const place = CLASSES + at * A_CLASS;
      return {
        control: numbers[place] ?? 0,
        candidate: numbers[place + 1] ?? 0,
        controlSum: numbers[place + CONTROL] ?? 0,
        candidateSum: numbers[place + CANDIDATE] ?? 0,
        shiftSquares: numbers[place + SHIFT_SQUARES] ?? 0,
      };
    }),
    changes: [...changes]
      .map(([key, sums]) => ({
        from: Math.floor(key / columns),
        to: key % columns,
        count: sums[0] ?? 0,
        value: sums[1] ?? 0,
      }))
      .sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to),
    distanceSum: numbers[DISTANCE] ?? 0,
    distanceSquares: numbers[DISTANCE_SQUARES] ?? 0,
  };
}
