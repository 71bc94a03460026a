import { OTHER } from './buckets.ts';
import type { KnownFeatures, KnownVersion } from './known-features.ts';
import { NameNumbers } from './name-numbers.ts';

/** Categories are for counting: longer texts count as "other". */
const LONGEST_CATEGORY = 256;
/** Names of features are at most 256 bytes long at the door; those of classes are not asked there. */
const LONGEST_ROW = 300;
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
  readonly #features = new NameNumbers();
  readonly #rowsOfFeatures: number[] = [];
  readonly #others = new Map<string, number>();
  readonly #categories: (Categories | undefined)[] = [];
  /** By tag and value. */
  readonly #slices = new Map<string, Map<string, string>>();

  constructor(limits: RollupLimits, versions: KnownFeatures, known: KnownVersion) {
    this.#limits = limits;
    this.#versions = versions;
    this.known = known;
  }

  /** Row of a feature; -1 for a new one above the limit: it is stored, but not rolled up. */
  feature(name: string): number {
    const feature = this.#features.find(name);
    if (feature >= 0) return this.#rowsOfFeatures[feature]!;
    return this.#know(`feature\n${name}`) ? this.#addFeature(name) : -1;
  }

  /** Row of a feature if there is one already; -1 otherwise. */
  knownFeature(name: string): number {
    const feature = this.#features.find(name);
    if (feature >= 0) return this.#rowsOfFeatures[feature]!;
    return this.known.rows.has(`feature\n${name}`) ? this.#addFeature(name) : -1;
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

  /** Number of a category within its row. */
  category(row: number, text: string): number {
    const categories = (this.#categories[row] ??= new Categories(this.#limits.maxCategories));
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
    return [...this.known.rows].map((known) => {
      const cut = known.indexOf('\n');
      const [kind, name] = [known.slice(0, cut), known.slice(cut + 1)];
      const row = kind === 'feature' ? this.knownFeature(name) : (this.#others.get(known) ?? -1);
      return { kind, name, row };
    });
  }

  #addFeature(name: string): number {
    this.#features.add(name);
    this.#rowsOfFeatures.push(this.count);
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
  readonly #numbers = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  number(text: string): number {
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
