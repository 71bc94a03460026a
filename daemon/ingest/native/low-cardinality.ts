import type { BlockParts } from './block-parts.ts';
import type { Uint32List } from './bytes.ts';

/** Bits of the dictionary's serialization: it has texts of its own, and says how many. */
const OWN_TEXTS = 0x600;

/** Texts of a column by place; '' has place 0. */
export interface Texts {
  readonly size: number;
  /** All in the order of their places, each after its length. */
  encoded(): Uint8Array;
}

/** The data of a `LowCardinality(String)` column: the width of the indexes, the texts, the indexes; nothing for no rows. */
export function encodeLowCardinality(dictionary: Texts, places: Uint32List, out: BlockParts): void {
  if (places.length === 0) return;
  const texts = dictionary.size;
  const width = texts <= 0x100 ? 1 : texts <= 0x10000 ? 2 : 4;
  out.int64((width === 4 ? 2 : width - 1) | OWN_TEXTS);
  out.int64(texts);
  out.attach(dictionary.encoded());
  out.int64(places.length);
  const indexes = places.values();
  out.attach(width === 1 ? new Uint8Array(indexes) : width === 2 ? new Uint16Array(indexes) : indexes);
}
