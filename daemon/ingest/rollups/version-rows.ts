import { OTHER } from './buckets.ts';
import type { Dictionary } from '../native/dictionary.ts';
import type { KnownFeatures, KnownVersion } from './known-features.ts';
import type { Words } from '../records/feature-list.ts';

/** Categories are for counting: longer texts count as "other". */
const LONGEST_CATEGORY = 256;
/** Names of features are at most 256 bytes long at the door; those of classes are not asked there. */
const LONGEST_ROW = 300;
const UNKNOWN = -2;
/** Rows that every version may have, whatever the limit on features. */
const ALWAYS: ReadonlySet<string> = new Set(['score\n', 'decision\n', 'latency\n']);

export interface RollupLimits {
  readonly maxSlices: number;
  readonly maxCategories: number;
  readonly maxFeatures: number;
}

/** Rows, categories and slices of one version, numbered from 0 within a segment; what is new is taught to `KnownFeatures`. */
export class VersionRows {
  readonly known: KnownVersion;
  /** Rows that have a number. */
  count = 0;
  readonly #limits: RollupLimits;
  readonly #versions: KnownFeatures;
  readonly #words: Words;
  /** By place of the name in `words`; `UNKNOWN` for one that has no row yet. */
  readonly #rowsOfFeatures: number[] = [];
  readonly #others = new Map<string, number>();
  readonly #categories: (Categories | undefined)[] = [];
  /** By tag and value. */
  readonly #slices = new Map<string, Map<string, string>>();

  constructor(limits: RollupLimits, versions: KnownFeatures, known: KnownVersion, words: Words) {
    this.#words = words;
    this.#limits = limits;
    this.#versions = versions;
    this.known = known;
  }

  /**
   * Row of a feature; -1 for a new one above the limit: it is stored, but not rolled up.
   * @param name place of the name in the words of the segment
   */
  feature(name: number): number {
    const row = this.#rowsOfFeatures[name] ?? UNKNOWN;
    if (row !== UNKNOWN) return row;
    return this.#know(`feature\n${this.#words.names.text(name)}`) ? this.#addFeature(name) : -1;
  }

  /** Row of a feature if there is one already; -1 otherwise. */
  knownFeature(name: number): number {
    const row = this.#rowsOfFeatures[name] ?? UNKNOWN;
    if (row !== UNKNOWN) return row;
    return this.known.rows.has(`feature\n${this.#words.names.text(name)}`) ? this.#addFeature(name) : -1;
  }

  /** Row of a kind other than `feature`; -1 for a new one above the limit. */
  other(kind: 'score' | 'decision' | 'latency', name: string): number {
    const row = `${kind}\n${name}`;
    const found = this.#others.get(row);
    if (found !== undefined) return found;
    if (!this.#know(row)) return -1;
    this.#others.set(row, this.count);
    return this.count++;
  }

  /**
   * Number of a category within its row.
   * @param text place of the text in the words of the segment
   */
  category(row: number, text: number): number {
    const categories = (this.#categories[row] ??= new Categories(this.#limits.maxCategories, this.#words.texts));
    const number = categories.number(text);
    if (categories.beyond) this.#versions.overflowed('categories', this.known);
    return number;
  }

  categoryName(row: number, category: number): string {
    return this.#categories[row]?.names[category] ?? OTHER;
  }

  /** The slice that a tag cuts; above the limit the value is `other`. */
  slice(tag: string, value: string): string {
    const found = this.#slices.get(tag)?.get(value);
    if (found !== undefined) return found;
    const { slices } = this.known;
    const slice = `${tag}=${value}`;
    if (!slices.has(slice)) {
      if (slices.size >= this.#limits.maxSlices) {
        this.#versions.overflowed('slices', this.known);
        return `${tag}=${OTHER}`;
      }
      slices.add(slice);
      this.#versions.addedSlice();
    }
    const values = this.#slices.get(tag) ?? new Map<string, string>();
    this.#slices.set(tag, values.set(value, slice));
    return slice;
  }

  /** Every row known of the version; `row` is -1 where this segment has not met it. */
  all(): { readonly kind: string; readonly name: string; readonly row: number }[] {
    const features = new Map(this.#rowsOfFeatures.map((row, name) => [this.#words.names.text(name), row]));
    return [...this.known.rows].map((known) => {
      const cut = known.indexOf('\n');
      const [kind, name] = [known.slice(0, cut), known.slice(cut + 1)];
      const row = (kind === 'feature' ? features.get(name) : this.#others.get(known)) ?? -1;
      return { kind, name, row: Math.max(-1, row) };
    });
  }

  #addFeature(name: number): number {
    while (this.#rowsOfFeatures.length <= name) this.#rowsOfFeatures.push(UNKNOWN);
    this.#rowsOfFeatures[name] = this.count;
    return this.count++;
  }

  #know(row: string): boolean {
    const { rows } = this.known;
    if (rows.has(row)) return true;
    const room = rows.size < this.#limits.maxFeatures && this.#versions.hasRoom && row.length <= LONGEST_ROW;
    if (!room && !ALWAYS.has(row)) {
      this.#versions.overflowed('features', this.known);
      return false;
    }
    rows.add(row);
    this.#versions.addedRow();
    return true;
  }
}

/** The categories of one row in the order in which they came; those above the limit are `other`. */
class Categories {
  readonly names: string[] = [];
  /** The last one asked for was above the limit. */
  beyond = false;
  readonly #most: number;
  readonly #texts: Dictionary;
  readonly #numbers = new Map<string, number>();
  readonly #byPlace = new Map<number, number>();

  constructor(most: number, texts: Dictionary) {
    this.#most = most;
    this.#texts = texts;
  }

  /** @param text its place in the dictionary */
  number(text: number): number {
    const known = this.#byPlace.get(text);
    this.beyond = false;
    if (known !== undefined) return known;
    const number = this.#numberOf(this.#texts.text(text));
    // One above the limit is counted as such each time.
    if (!this.beyond) this.#byPlace.set(text, number);
    return number;
  }

  #numberOf(text: string): number {
    const category = text.length > LONGEST_CATEGORY ? OTHER : text;
    const found = this.#numbers.get(category);
    this.beyond = found === undefined && this.names.length >= this.#most;
    if (found !== undefined) return found;
    if (!this.beyond) return this.#add(category);
    return this.#numbers.get(OTHER) ?? this.#add(OTHER);
  }

  #add(category: string): number {
    const number = this.names.push(category) - 1;
    this.#numbers.set(category, number);
    return number;
  }
}
