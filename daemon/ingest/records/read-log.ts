import { LOG_HEAD, TOKEN, type RecordScanner } from '../decode/record-scanner.ts';
import type { ByteRange } from '../decode/byte-range.ts';
import { setAttribute, type Meaning, type MlKeys } from './ml-attributes.ts';
import type { PredictionDraft } from './predictions.ts';

/** A time as unsigned nanoseconds in halves. */
type Time = readonly [low: number, high: number];

/**
 * Reads log records off the tape of a scanner into drafts, as `MlAttributes` reads them attribute by attribute: it does what is usual,
 * and leaves a record in which anything is not.
 */
export class LogReader {
  readonly #scanner: RecordScanner;
  readonly #keys: MlKeys;
  /** By the scanner's number of a key. */
  readonly #meanings: (Meaning | undefined)[] = [];
  #generation = 0;

  constructor(scanner: RecordScanner, keys: MlKeys) {
    this.#scanner = scanner;
    this.#keys = keys;
  }

  /**
   * Reads the attributes of a record.
   * @param most attributes that it may have
   * @returns whether the draft holds all of them, and they are a prediction; anything may be in it otherwise
   */
  read(body: Uint8Array, start: number, end: number, most: number, draft: PredictionDraft): boolean {
    const tokens = this.#scanner.scanLog(body, start, end);
    if (tokens <= 0 || tokens > most) return false;
    if (this.#generation !== this.#scanner.generation) {
      this.#generation = this.#scanner.generation;
      this.#meanings.length = 0;
    }
    const { kinds, names, numbers, starts, ends, input } = this.#scanner.tape;
    const { features } = draft;
    const { texts } = features.words;
    let carries = false;
    for (let token = 0; token < tokens; token++) {
      const meaning = (this.#meanings[names[token]!] ??= this.#meaningOf(names[token]!));
      const kind = kinds[token]!;
      carries ||= meaning.carries;
      if (meaning.kind === 'feature' && kind === TOKEN.NUMBER) features.pushNumber(meaning.place, numbers[token]!);
      else if (meaning.kind === 'feature' && kind === TOKEN.TEXT)
        features.pushText(meaning.place, texts.placeOf(input, starts[token]!, ends[token]!));
      else if (setAttribute(draft, meaning, this.#value(token, meaning)) !== undefined) return false;
    }
    // A sign for what is broken stands in an id that was not UTF-8.
    return carries && draft.predictionId !== '' && !draft.predictionId.includes('\u{FFFD}');
  }

  /** When the record read last happened, or was seen where it does not say. */
  get time(): Time {
    const { logHead } = this.#scanner;
    const happened = logHead[LOG_HEAD.TIME] !== 0 || logHead[LOG_HEAD.TIME + 1] !== 0;
    const at = happened ? LOG_HEAD.TIME : LOG_HEAD.OBSERVED;
    return [logHead[at]!, logHead[at + 1]!];
  }

  /** Where an id of the record read last lies. */
  id(which: 'TRACE_ID' | 'SPAN_ID', into: ByteRange): void {
    const { logHead, tape } = this.#scanner;
    into.set(tape.input, logHead[LOG_HEAD[which]]!, logHead[LOG_HEAD[which] + 1]!);
  }

  #meaningOf(name: number): Meaning {
    return this.#keys.meaningOf(this.#scanner.name(name));
  }

  /** As JSON would have it. */
  #value(token: number, { name }: Meaning): string | number | boolean | null {
    const { kinds, numbers, starts, ends, input } = this.#scanner.tape;
    switch (kinds[token]!) {
      case TOKEN.NUMBER:
        return numbers[token]!;
      case TOKEN.TEXT:
        // Ids do not repeat.
        if (name === 'prediction_id') return input.toString('utf8', starts[token], ends[token]);
        return this.#keys.text(input, starts[token]!, ends[token]!);
      case TOKEN.NULL:
        return null;
      default:
        return kinds[token] === TOKEN.TRUE;
    }
  }
}
