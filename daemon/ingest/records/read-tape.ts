import { TOKEN, type RecordScanner, type Tape } from '../decode/record-scanner.ts';
import type { FeatureList } from './feature-list.ts';
import type { PredictionDraft } from './predictions.ts';
import { setPredictionField, setTag } from './read-fields.ts';

/**
 * Reads predictions off the tape of a scanner into drafts, as `setPredictionField` reads them off parsed JSON: it does what is
 * usual, and leaves a record in which anything is not.
 */
export class TapeReader {
  readonly #scanner: RecordScanner;
  readonly #tape: Tape;
  /** By the scanner's number of a name: its place in the words of the segment; -1 where it is not known yet. */
  readonly #places: Int32Array;
  #generation = 0;

  /** Begins with the names of one segment. */
  constructor(scanner: RecordScanner) {
    this.#scanner = scanner;
    this.#tape = scanner.tape;
    this.#places = new Int32Array(scanner.mostNames);
    scanner.reset();
  }

  /**
   * Reads a line of a body.
   * @returns whether the draft holds the whole record; anything may be in it otherwise
   */
  read(body: Uint8Array, start: number, end: number, draft: PredictionDraft): boolean {
    const tokens = this.#scanner.scan(body, start, end);
    if (this.#generation !== this.#scanner.generation) {
      this.#generation = this.#scanner.generation;
      this.#places.fill(-1);
    }
    const { kinds, names, starts } = this.#tape;
    for (let token = 0; token < tokens;) {
      const field = this.#scanner.name(names[token]!);
      const kind = kinds[token]!;
      const next = kind >= TOKEN.OBJECT ? starts[token]! : token + 1;
      const done =
        kind === TOKEN.OBJECT
          ? this.#readObject(field, token + 1, next, draft)
          : kind !== TOKEN.NUMBERS && setPredictionField(draft, field, this.#value(token)) === undefined;
      if (!done) return false;
      token = next;
    }
    return tokens > 0;
  }

  #readObject(field: string, from: number, to: number, draft: PredictionDraft): boolean {
    if (field === 'features') return this.#readFeatures(from, to, draft.features);
    if (field === 'tags') return this.#readTags(from, to, draft);
    return field === 'scores' && this.#readScores(from, to, draft);
  }

  #readFeatures(from: number, to: number, features: FeatureList): boolean {
    const { input, kinds, names, numbers, starts, ends } = this.#tape;
    const { texts } = features.words;
    for (let token = from; token < to; token++) {
      const name = this.#place(names[token]!, features);
      switch (kinds[token]!) {
        case TOKEN.NUMBER:
          features.pushNumber(name, numbers[token]!);
          break;
        case TOKEN.TEXT:
          features.pushText(name, texts.placeOf(input, starts[token]!, ends[token]!));
          break;
        case TOKEN.NULL:
          features.pushNone(name);
          break;
        case TOKEN.NUMBERS: {
          const end = starts[token]!;
          const embedding: number[] = [];
          for (token++; token < end; token++) embedding.push(this.#number(token));
          token--;
          features.pushEmbedding(name, embedding);
          break;
        }
        case TOKEN.LONG_NUMBER:
          features.pushNumber(name, this.#number(token));
          break;
        default:
          features.pushText(name, texts.place(String(this.#value(token))));
      }
    }
    return true;
  }

  #readTags(from: number, to: number, draft: PredictionDraft): boolean {
    for (let token = from; token < to; token++) {
      if (this.#tape.kinds[token] === TOKEN.NUMBERS) return false;
      if (setTag(draft, this.#scanner.name(this.#tape.names[token]!), this.#value(token)) !== undefined) return false;
    }
    return true;
  }

  #readScores(from: number, to: number, draft: PredictionDraft): boolean {
    for (let token = from; token < to; token++) {
      const score = this.#value(token);
      if (this.#tape.kinds[token] === TOKEN.NUMBERS || !Number.isFinite(score)) return false;
      draft.scores.push([this.#scanner.name(this.#tape.names[token]!), score as number]);
    }
    return true;
  }

  /** Place of a name in the words of the segment. */
  #place(name: number, { words }: FeatureList): number {
    const known = this.#places[name]!;
    return known >= 0 ? known : (this.#places[name] = words.names.place(this.#scanner.name(name)));
  }

  /** What `JSON.parse` makes of a token that holds no others. */
  #value(token: number): string | number | boolean | null {
    switch (this.#tape.kinds[token]!) {
      case TOKEN.TEXT:
        return this.#text(token);
      case TOKEN.ESCAPED:
        return JSON.parse(`"${this.#text(token)}"`) as string;
      case TOKEN.TRUE:
        return true;
      case TOKEN.FALSE:
        return false;
      case TOKEN.NULL:
        return null;
      default:
        return this.#number(token);
    }
  }

  #number(token: number): number {
    return this.#tape.kinds[token] === TOKEN.NUMBER ? this.#tape.numbers[token]! : Number(this.#text(token));
  }

  #text(token: number): string {
    const { input, starts, ends } = this.#tape;
    return input.toString('utf8', starts[token], ends[token]);
  }
}
