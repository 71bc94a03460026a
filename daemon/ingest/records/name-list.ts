import { NUMBER, type FeatureList } from './feature-list.ts';

/** A list serves records that have a number for a quarter of its names, but for so many. */
const MOST_PADDED = 4;
const PADDED_ANYWAY = 16;

/** Names of numbers in an order, and one row of their values. */
export class NameList {
  /** Of its text in the column. */
  readonly place: number;
  /** A value for each name, NaN where the record held last has none. */
  readonly row: Float64Array;
  readonly #names: Int32Array;
  readonly #at: ReadonlyMap<number, number>;

  /** @param names places in the dictionary of the names of features, each once */
  constructor(place: number, names: Int32Array) {
    this.place = place;
    this.row = new Float64Array(names.length);
    this.#names = names;
    this.#at = new Map(Array.from(names, (name, at) => [name, at]));
  }

  /** Sets the row to the numbers of a record. @returns false where one has no place in it, or most places no number */
  hold(features: FeatureList): boolean {
    const { length, kinds, names, numbers } = features;
    const { row } = this;
    row.fill(NaN);
    let count = 0;
    let next = 0;
    for (let at = 0; at < length; at++) {
      if (kinds[at] !== NUMBER) continue;
      const name = names[at]!;
      // Fields of records come in the same order.
      if (this.#names[next] !== name) {
        const found = this.#at.get(name);
        if (found === undefined) return false;
        next = found;
      }
      row[next++] = numbers[at]!;
      count++;
    }
    return isShared(row.length, count);
  }

  /** Its names, and behind them those of a record that it lacks; undefined where they are too many for that. */
  widenedBy(features: FeatureList): Int32Array | undefined {
    const own = namesOfNumbers(features);
    const all = new Set([...this.#names, ...own]);
    return isShared(all.size, own.length) ? Int32Array.from(all) : undefined;
  }
}

function isShared(names: number, numbers: number): boolean {
  return names <= MOST_PADDED * numbers + PADDED_ANYWAY;
}

/** The places of the names of a record's numbers, each once. */
export function namesOfNumbers({ length, kinds, names }: FeatureList): Int32Array {
  return Int32Array.from(new Set(names.subarray(0, length).filter((_, at) => kinds[at] === NUMBER)));
}
