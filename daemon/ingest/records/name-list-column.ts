import type { BlockParts } from '../native/block-parts.ts';
import { Bytes, Uint32List } from '../native/bytes.ts';
import type { Column } from '../native/columns.ts';
import { encodeLowCardinality } from '../native/low-cardinality.ts';
import { NUMBER, type FeatureList } from './feature-list.ts';
import { NameList, namesOfNumbers } from './name-list.ts';

/** Stands around each name; no UTF-8 holds it. */
const AROUND_NAME = 0xff;
/** Lists of one model and version that a record is compared with. */
const MOST_LISTS = 8;
/** Versions whose lists are known: of more all are forgotten, and begun anew. */
const MOST_VERSIONS = 256;
/** Bytes of lists in a segment from which on none is widened: a wider one repeats what the one before it says. */
const MOST_TEXT = 4 * 1024 * 1024;
const NO_NUMBERS = new Float64Array();

/**
 * The names of the numbers of each record, as a text that many records share: each name between bytes of 0xff, '' for none. So a
 * name costs a record nothing, and one that lacks a number goes by the list of the others. Without rows all lists are
 * forgotten: they name features by their places in the dictionary of the segment.
 */
export class NameListColumn implements Column {
  readonly type = 'LowCardinality(String)';
  readonly #places = new Uint32List();
  readonly #texts = new Bytes();
  /** Places of texts, by the names in them. */
  readonly #known = new Map<string, number>();
  readonly #byModel = new Map<string, Map<string, NameList[]>>();
  #versions = 0;
  #latest: { readonly model: string; readonly version: string; readonly lists: NameList[] } | undefined;

  constructor() {
    this.#clear();
  }

  get rows(): number {
    return this.#places.length;
  }

  /** Writes the names of the numbers of a record. @returns their values in that order, valid until the next record */
  push(model: string, version: string, features: FeatureList): Float64Array {
    const list = hasNumbers(features) ? this.#listOf(model, version, features) : undefined;
    this.#places.push(list?.place ?? 0);
    return list?.row ?? NO_NUMBERS;
  }

  truncate(rows: number): void {
    this.#places.length = rows;
    if (rows === 0) this.#clear();
  }

  prefix(out: BlockParts): void {
    out.int64(1);
  }

  encode(out: BlockParts): void {
    const texts = { size: this.#known.size, encoded: () => this.#texts.written() };
    encodeLowCardinality(texts, this.#places, out);
  }

  /** A list that holds the numbers of the record. */
  #listOf(model: string, version: string, features: FeatureList): NameList {
    const lists = this.#listsOf(model, version);
    for (let at = 0; at < lists.length; at++) {
      const list = lists[at]!;
      if (!list.hold(features)) continue;
      if (at > 0) lists.unshift(...lists.splice(at, 1));
      return list;
    }
    const wider = this.#texts.length < MOST_TEXT ? lists[0]?.widenedBy(features) : undefined;
    // The wider one does for all records that the one before it did for.
    if (wider !== undefined) lists.shift();
    const names = wider ?? namesOfNumbers(features);
    const list = new NameList(this.#placeOf(names, features), names);
    list.hold(features);
    lists.unshift(list);
    if (lists.length > MOST_LISTS) lists.pop();
    return list;
  }

  /** Lists of a model and version, the one used last in front. */
  #listsOf(model: string, version: string): NameList[] {
    if (this.#latest?.model === model && this.#latest.version === version) return this.#latest.lists;
    if (this.#versions > MOST_VERSIONS) this.#forget();
    const byVersion = this.#byModel.get(model) ?? new Map<string, NameList[]>();
    this.#byModel.set(model, byVersion);
    const lists = byVersion.get(version) ?? [];
    if (!byVersion.has(version)) this.#versions++;
    byVersion.set(version, lists);
    this.#latest = { model, version, lists };
    return lists;
  }

  #placeOf(names: Int32Array, { words }: FeatureList): number {
    const key = names.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const texts = Array.from(names, (name) => Buffer.from(words.names.text(name)));
    this.#texts.varint(texts.reduce((sum, text) => sum + text.length + 1, 1));
    this.#texts.byte(AROUND_NAME);
    for (const text of texts) {
      this.#texts.copy(text);
      this.#texts.byte(AROUND_NAME);
    }
    const place = this.#known.size;
    this.#known.set(key, place);
    return place;
  }

  #forget(): void {
    this.#byModel.clear();
    this.#latest = undefined;
    this.#versions = 0;
  }

  #clear(): void {
    this.#forget();
    this.#known.clear();
    this.#known.set('', 0);
    this.#texts.length = 0;
    this.#texts.varint(0);
  }
}

function hasNumbers({ length, kinds }: FeatureList): boolean {
  return kinds.subarray(0, length).includes(NUMBER);
}
