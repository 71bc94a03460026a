import type { FeatureValue } from '../../../detectors/terms.ts';

/** What a feature is besides a number: a text (also `true` and `false`), an embedding, or null; undefined for a number. */
export type OtherValue = string | readonly number[] | null | undefined;

/** The features of one record in the order given. It is filled again for the next record, so that no objects are made. */
export class FeatureList {
  length = 0;
  readonly names: string[] = [];
  /** Numbers by place; where a feature is none, 0. */
  readonly numbers: number[] = [];
  readonly others: OtherValue[] = [];

  clear(): void {
    this.length = 0;
  }

  pushNumber(name: string, value: number): void {
    this.#push(name, value, undefined);
  }

  pushOther(name: string, value: Exclude<OtherValue, undefined>): void {
    this.#push(name, 0, value);
  }

  push(name: string, value: FeatureValue): void {
    if (typeof value === 'number') this.pushNumber(name, value);
    else this.pushOther(name, typeof value === 'boolean' ? String(value) : value);
  }

  #push(name: string, number: number, other: OtherValue): void {
    const at = this.length++;
    if (at === this.names.length) {
      this.names.push(name);
      this.numbers.push(number);
      this.others.push(other);
    } else {
      this.names[at] = name;
      this.numbers[at] = number;
      this.others[at] = other;
    }
  }
}
