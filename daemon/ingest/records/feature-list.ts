import type { FeatureValue } from '../../../detectors/terms.ts';
import type { Dictionary } from '../native/dictionary.ts';

/** What a feature is in one record; `NONE` for null. */
export const NUMBER = 0;
export const TEXT = 1;
export const EMBEDDING = 2;
export const NONE = 3;

/** The names of features and the texts that they had, of everything that one segment holds. */
export interface Words {
  readonly names: Dictionary;
  readonly texts: Dictionary;
}

/**
 * The features of one record in the order given, names and texts as their places in dictionaries. It is filled again for the
 * next record, so that nothing is made anew.
 */
export class FeatureList {
  length = 0;
  readonly words: Words;
  /** By place in the record: the place of its name. */
  names = new Int32Array(64);
  kinds = new Uint8Array(64);
  /** Where a feature is a number; anything elsewhere. */
  numbers = new Float64Array(64);
  /** Where a feature is a text (also `true` and `false`): the place of the text. */
  texts = new Int32Array(64);
  /** Where a feature is an embedding. */
  readonly embeddings: (readonly number[] | undefined)[] = [];

  constructor(words: Words) {
    this.words = words;
  }

  clear(): void {
    this.length = 0;
  }

  /** @param name place of the name in `words` */
  pushNumber(name: number, value: number): void {
    const at = this.#next(name, NUMBER);
    this.numbers[at] = value;
  }

  /** @param name place of the name in `words`, and `text` that of the text */
  pushText(name: number, text: number): void {
    const at = this.#next(name, TEXT);
    this.texts[at] = text;
  }

  pushEmbedding(name: number, value: readonly number[]): void {
    const at = this.#next(name, EMBEDDING);
    this.embeddings[at] = value;
  }

  pushNone(name: number): void {
    this.#next(name, NONE);
  }

  push(name: string, value: FeatureValue): void {
    const place = this.words.names.place(name);
    if (typeof value === 'number') this.pushNumber(place, value);
    else if (value === null) this.pushNone(place);
    else if (typeof value === 'object') this.pushEmbedding(place, value);
    else this.pushText(place, this.words.texts.place(String(value)));
  }

  nameAt(at: number): string {
    return this.words.names.text(this.names[at]!);
  }

  textAt(at: number): string {
    return this.words.texts.text(this.texts[at]!);
  }

  #next(name: number, kind: number): number {
    const at = this.length++;
    if (at === this.names.length) this.#grow();
    this.names[at] = name;
    this.kinds[at] = kind;
    return at;
  }

  #grow(): void {
    const size = this.names.length * 2;
    const grown = { names: new Int32Array(size), kinds: new Uint8Array(size), texts: new Int32Array(size) };
    const numbers = new Float64Array(size);
    grown.names.set(this.names);
    grown.kinds.set(this.kinds);
    grown.texts.set(this.texts);
    numbers.set(this.numbers);
    this.names = grown.names;
    this.kinds = grown.kinds;
    this.texts = grown.texts;
    this.numbers = numbers;
  }
}
