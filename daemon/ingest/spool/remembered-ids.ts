import { randomBytes } from 'node:crypto';

/** Most identities held, 16 bytes each and twice that of free places; the oldest go first. */
const MOST = 4_000_000;

/** Four 32-bit numbers that stand for a text; two texts with the same ones are not expected in the life of the universe. */
export type Fingerprint = Uint32Array;

/** Fingerprints of texts, under a secret seed so that nobody can choose two texts alike. */
export function fingerprinter(seed: Uint8Array): (text: string) => Fingerprint {
  // A copy: a Buffer may begin anywhere in its memory.
  const start = new Uint32Array(new Uint8Array(seed).buffer, 0, 4);
  const mix = new Uint32Array(4);
  return (text) => {
    let [a, b, c, d] = [start[0]!, start[1]!, start[2]!, start[3]!];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      a = Math.imul(a ^ code, 0x9e_37_79_b1);
      b = Math.imul(((b << 13) | (b >>> 19)) ^ code, 0x85_eb_ca_77) + a;
      c = Math.imul(((c << 17) | (c >>> 15)) + code, 0xc2_b2_ae_3d) ^ b;
      d = Math.imul(((d << 11) | (d >>> 21)) ^ c, 0x27_d4_eb_2f) + code;
    }
    mix[0] = finish(a ^ text.length);
    mix[1] = finish(b ^ a);
    mix[2] = finish(c ^ b);
    mix[3] = finish(d ^ c) | 1;
    return mix;
  };
}

/** Final mixing of MurmurHash3. */
function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A set of fingerprints in one typed array; the last number of one is odd, so 0 marks a free place. */
class FingerprintSet {
  #table = new Uint32Array(4 * 1024);
  size = 0;

  has(print: Fingerprint): boolean {
    return this.#table[this.#place(this.#table, print) + 3] !== 0;
  }

  add(print: Fingerprint): void {
    if (this.size * 2 >= this.#table.length / 4) this.#grow();
    this.#table.set(print, this.#place(this.#table, print));
    this.size++;
  }

  #place(table: Uint32Array, print: Fingerprint): number {
    const mask = table.length / 4 - 1;
    for (let at = print[0]! & mask; ; at = (at + 1) & mask) {
      const place = at * 4;
      const free = table[place + 3] === 0;
      if (free) return place;
      const [a, b, c, d] = [table[place], table[place + 1], table[place + 2], table[place + 3]];
      if (a === print[0] && b === print[1] && c === print[2] && d === print[3]) return place;
    }
  }

  #grow(): void {
    const grown = new Uint32Array(this.#table.length * 2);
    for (let at = 0; at < this.#table.length; at += 4) {
      const print = this.#table.subarray(at, at + 4);
      if (print[3] !== 0) grown.set(print, this.#place(grown, print));
    }
    this.#table = grown;
  }
}

/** Identities of the predictions taken within `rememberMs`: held at least that long, at most half as long again. */
export class RememberedIds {
  readonly #rememberMs: number;
  readonly #most: number;
  /** Newest first. */
  #generations: { readonly since: number; readonly set: FingerprintSet }[] = [];

  constructor(rememberMs: number, most: number = MOST) {
    this.#rememberMs = rememberMs;
    this.#most = most;
  }

  /** @returns false when it was there already */
  add(print: Fingerprint, at: number): boolean {
    for (const { set } of this.#generations) if (set.has(print)) return false;
    this.#current(at).add(print);
    return true;
  }

  get size(): number {
    return this.#generations.reduce((sum, { set }) => sum + set.size, 0);
  }

  #current(at: number): FingerprintSet {
    const half = this.#rememberMs / 2;
    const newest = this.#generations[0];
    if (newest !== undefined && at < newest.since + half && newest.set.size < this.#most / 4) return newest.set;
    const set = new FingerprintSet();
    // A generation ended where the next began; nothing in it is younger than that.
    const kept = this.#generations.filter(
      (_, place, all) => place === 0 || all[place - 1]!.since + this.#rememberMs > at,
    );
    this.#generations = [{ since: at, set }, ...kept].slice(0, 4);
    return set;
  }
}

export function newSeed(): Uint8Array {
  return new Uint8Array(randomBytes(16));
}
