import { isUtf8 } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { Bytes, Uint32List } from './bytes.ts';

/** Random, so that nobody can choose texts that collide. */
const FNV_START = randomInt(0x1_00_00_00_00);
const FNV_PRIME = 0x01_00_01_93;

/**
 * The different texts of a column, each with its place; '' has place 0. Texts are looked up as bytes, so that what repeats
 * is never made a string. `pop` takes back the newest.
 */
export class Dictionary {
  /** As `Native` wants them: each after its length. */
  readonly #texts = new Bytes();
  readonly #starts = new Uint32List();
  readonly #ends = new Uint32List();
  readonly #hashes = new Uint32List();
  /** For each text the place of the one that came after it last time: fields of records come in the same order. */
  readonly #followers = new Uint32List();
  /** Places plus 1, by hash; 0 is free. Newest texts go first, so that removal needs no tombstones. */
  #table = new Uint32Array(64);
  #last = 0;
  /** Texts as strings, and their places, as far as they came or were asked for as such. */
  readonly #strings: (string | undefined)[] = [];
  readonly #places = new Map<string, number>();
  readonly #scratch = new Bytes();

  constructor(texts: readonly string[] = []) {
    this.#insert(this.#scratch.written(), 0, 0, FNV_START);
    for (const text of texts) this.place(text);
  }

  get size(): number {
    return this.#starts.length;
  }

  /** Place of a text, which is added where it is new; a lone surrogate becomes U+FFFD. */
  place(text: string): number {
    const guess = this.#followers.get(this.#last);
    if (guess < this.size && this.#strings[guess] === text) return (this.#last = guess);
    const known = this.#places.get(text);
    if (known === undefined) return this.#learn(text);
    this.#followers.set(this.#last, known);
    return (this.#last = known);
  }

  /** Place of a text that did not come as a string yet. */
  #learn(text: string): number {
    this.#scratch.length = 0;
    this.#scratch.utf8(text);
    const place = this.placeOf(this.#scratch.written(), 0, this.#scratch.length);
    // What holds lone surrogates is not the text of its place.
    if (this.text(place) === text) {
      this.#places.set(text, place);
      this.#strings[place] = text;
    }
    return place;
  }

  /** Place of UTF-8 bytes, which are added where they are new; what is not UTF-8 becomes U+FFFD. */
  placeOf(source: Uint8Array, start: number, end: number): number {
    const guess = this.#followers.get(this.#last);
    const right = guess < this.size && this.#equals(guess, source, start, end);
    const place = right ? guess : this.#find(source, start, end);
    this.#followers.set(this.#last, place);
    this.#last = place;
    return place;
  }

  text(place: number): string {
    return (this.#strings[place] ??= this.#texts.written(this.#starts.get(place), this.#ends.get(place)).toString());
  }

  /** Bytes of a text as UTF-8. */
  bytesOf(place: number): number {
    return this.#ends.get(place) - this.#starts.get(place);
  }

  /** Takes the newest text back. */
  pop(): void {
    const place = this.size - 1;
    const text = this.#strings.pop();
    if (text !== undefined) this.#places.delete(text);
    this.#table[this.#slotOf(place)] = 0;
    this.#texts.length = place === 0 ? 0 : this.#ends.at(place - 1);
    for (const list of [this.#starts, this.#ends, this.#hashes, this.#followers]) list.length = place;
    this.#last = 0;
  }

  /** Forgets all texts. */
  clear(): void {
    for (const list of [this.#starts, this.#ends, this.#hashes, this.#followers]) list.length = 0;
    this.#texts.length = 0;
    this.#table.fill(0);
    this.#last = 0;
    this.#strings.length = 0;
    this.#places.clear();
    this.#insert(this.#scratch.written(), 0, 0, FNV_START);
  }

  /** All texts in the order of their places, each after its length. */
  encoded(): Uint8Array {
    return this.#texts.written();
  }

  #equals(place: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts.get(place);
    if (this.#ends.get(place) - from !== end - start) return false;
    const texts = this.#texts.buffer;
    for (let at = start, own = from; at < end; at++, own++) if (texts[own] !== source[at]) return false;
    return true;
  }

  #find(source: Uint8Array, start: number, end: number): number {
    let hash = FNV_START;
    let all = 0;
    for (let at = start; at < end; at++) {
      const byte = source[at]!;
      all |= byte;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
    const mask = this.#table.length - 1;
    for (let slot = mixed(hash) & mask; ; slot = (slot + 1) & mask) {
      const place = this.#table[slot]! - 1;
      if (place < 0) break;
      if (this.#hashes.get(place) === hash >>> 0 && this.#equals(place, source, start, end)) return place;
    }
    if (all > 0x7f && !isUtf8(source.subarray(start, end)))
      return this.place(Buffer.from(source.subarray(start, end)).toString());
    return this.#insert(source, start, end, hash);
  }

  #insert(source: Uint8Array, start: number, end: number, hash: number): number {
    const place = this.size;
    if (place * 2 >= this.#table.length) this.#grow();
    this.#texts.varint(end - start);
    this.#starts.push(this.#texts.length);
    this.#texts.copy(source, start, end);
    this.#ends.push(this.#texts.length);
    this.#hashes.push(hash >>> 0);
    this.#followers.push(0);
    this.#strings.push(undefined);
    this.#table[freeSlot(this.#table, hash)] = place + 1;
    return place;
  }

  #slotOf(place: number): number {
    const mask = this.#table.length - 1;
    let slot = mixed(this.#hashes.at(place)) & mask;
    while (this.#table[slot] !== place + 1) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const grown = new Uint32Array(this.#table.length * 2);
    for (let place = 0; place < this.size; place++) grown[freeSlot(grown, this.#hashes.at(place))] = place + 1;
    this.#table = grown;
  }
}

function freeSlot(table: Uint32Array, hash: number): number {
  const mask = table.length - 1;
  let slot = mixed(hash) & mask;
  while (table[slot] !== 0) slot = (slot + 1) & mask;
  return slot;
}

/** FNV leaves its upper bits better mixed than its lower ones. */
function mixed(hash: number): number {
  return (hash ^ (hash >>> 15)) >>> 0;
}
