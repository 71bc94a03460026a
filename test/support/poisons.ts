import { field, span } from './protobuf.ts';

export interface GoodPrediction {
  readonly prediction_id: string;
  readonly model: string;
  readonly version: string;
  readonly timestamp: number;
  readonly score: number;
}

/** A prediction that every door takes. */
export function goodPrediction(id: string, timestamp: number): GoodPrediction {
  return { prediction_id: id, model: 'm', version: 'v1', timestamp, score: 0.5 };
}

/** Lines as an NDJSON body; a line may be bytes that are no text. */
export function ndjson(lines: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
}

type MakePoison = (good: GoodPrediction) => string | Buffer;

const changed =
  (changes: object): MakePoison =>
  (good) =>
    JSON.stringify({ ...good, ...changes });
const replaced =
  (part: string | RegExp, by: string): MakePoison =>
  (good) =>
    JSON.stringify(good).replace(part, by);

/** Lines of predictions that the engine's own parsers choke on, wrap, or take for something else. */
export const PREDICTION_POISONS: readonly (readonly [what: string, make: MakePoison])[] = [
  ['a time beyond 2^63', replaced(/"timestamp":\d+/, '"timestamp":9223372036854775807')],
  ['a time below zero', changed({ timestamp: -5 })],
  ['a time of 1999', changed({ timestamp: Date.UTC(1999, 0) })],
  ['a number beyond float64', replaced('0.5', '1e400')],
  ['NaN as a word', replaced('0.5', 'NaN')],
  ['a latency below zero', changed({ latency_ms: -1 })],
  ['a propensity of 2', changed({ propensity: 2 })],
  ['a feature that is an object', changed({ features: { a: { b: 1 } } })],
  ['an embedding beyond float32', changed({ features: { a: [1e300] } })],
  ['no id', changed({ prediction_id: '' })],
  ['an id of a kilobyte', changed({ prediction_id: 'x'.repeat(1024) })],
  ['half a line', (good) => JSON.stringify(good).slice(0, 40)],
  ['bytes that are not UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['a field that nobody knows', changed({ scoer: 1 })],
  ['arrays a thousand deep', replaced('0.5', `${'['.repeat(1000)}${']'.repeat(1000)}`)],
  ['an array in place of a record', () => '[1, 2]'],
  ['a trace id that is none', changed({ trace_id: 'zz' })],
];

/** Spans that no door takes, around a time in Unix milliseconds. */
export function spanPoisons(at: number): (readonly [what: string, span: Buffer])[] {
  const id = (bytes: number): Uint8Array => Buffer.alloc(bytes, 7);
  return [
    ['a start of 2^63 - 1', span(at, { start: 2n ** 63n - 1n })],
    ['a start of 2^64 - 1', span(at, { start: 2n ** 64n - 1n })],
    ['a start of 0', span(at, { start: 0n })],
    ['an end of 2^63', span(at, { end: 2n ** 63n })],
    ...[0, 7, 15, 17].map((bytes) => [`a trace id of ${bytes} bytes`, span(at, { traceId: id(bytes) })] as const),
    ['a trace id of zeros', span(at, { traceId: Buffer.alloc(16) })],
    ['a span id of 7 bytes', span(at, { spanId: id(7) })],
    ['a parent id of 3 bytes', span(at, { parentId: id(3) })],
    ['no ids', field(2, field(5, 'no ids'))],
  ];
}
