import type { BlockParts } from './block-parts.ts';
import { Uint32List } from './bytes.ts';
import type { Column } from './columns.ts';
import { Dictionary } from './dictionary.ts';
import { encodeLowCardinality } from './low-cardinality.ts';

/**
 * Texts that repeat, by their places in a dictionary that others fill: several columns may share one, and what was looked up
 * there once need not be again. Texts that no row has do no harm. Without rows the dictionary is emptied.
 */
export class SharedDictionaryColumn implements Column {
  readonly type = 'LowCardinality(String)';
  readonly dictionary: Dictionary;
  readonly #places = new Uint32List();

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  get rows(): number {
    return this.#places.length;
  }

  pushPlace(place: number): void {
    this.#places.push(place);
  }

  truncate(rows: number): void {
    this.#places.length = rows;
    if (rows === 0) this.dictionary.clear();
  }

  prefix(out: BlockParts): void {
    out.int64(1);
  }

  encode(out: BlockParts): void {
    encodeLowCardinality(this.dictionary, this.#places, out);
  }
}
