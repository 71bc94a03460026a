import { attribute, double, field, fixed64, traces, whole } from '../../support/protobuf.ts';
import { random } from './random.ts';

/**
 * What is sent: spans, or predictions with 40 numbers and 10 texts each, by the door that they go through; `predictions-api`
 * are those of `predictions-ndjson` sent to the port of the API.
 */
export type Load = 'traces' | 'predictions-ndjson' | 'predictions-api' | 'predictions-otlp';

/** Where a load goes. */
export interface Target {
  readonly path: string;
  readonly contentType: string;
}

export const TARGETS: Readonly<Record<Load, Target>> = {
  traces: { path: '/v1/traces', contentType: 'application/x-protobuf' },
  'predictions-ndjson': { path: '/v1/predictions', contentType: 'application/x-ndjson' },
  'predictions-api': { path: '/v1/predictions', contentType: 'application/x-ndjson' },
  'predictions-otlp': { path: '/v1/logs', contentType: 'application/x-protobuf' },
};

/** A body that is made once and sent many times: `freshen` gives each record ids of its own and the present time. */
export interface Template {
  readonly body: Buffer;
  /** @param first number of the first record; the others follow */
  freshen(first: number, now: number): void;
}

/** Marks of the places that are written anew before each sending; no other part of a body holds them. */
const TRACE_ID = Buffer.from('~'.repeat(16));
const SPAN_ID = Buffer.from('^'.repeat(8));
const DIGITS = 16;
const RECORD_ID = '#'.repeat(DIGITS);
const MILLISECONDS = '1'.repeat(13);
const TIME = 0x7e_7e_7e_7e_7e_7e_7e_7en;

/** @param seed another one gives other contents */
export function template(load: Load, records: number, seed: number): Template {
  if (load === 'traces') return spans(records, seed);
  return load === 'predictions-otlp' ? logs(records, seed) : ndjson(records, seed);
}

const OPERATIONS = Array.from({ length: 20 }, (_, number) => `POST /v1/payments/{id}/step-${number}`);

/** 500 spans of twelve attributes (seven texts, two integers, two doubles, a boolean) are 188 kB: 376 bytes each. */
function spans(count: number, seed: number): Template {
  const chance = random(seed);
  const whichOf = <Value>(values: readonly Value[]): Value => values[Math.floor(chance() * values.length)]!;
  const text = (key: string, value: string): Buffer => attribute(9, key, field(1, value));
  const durations: number[] = [];
  const content = Array.from({ length: count }, () => {
    durations.push(Math.floor(1e6 * Math.exp(chance() * 6)));
    return field(
      2,
      field(1, TRACE_ID),
      field(2, SPAN_ID),
      fixed64(7, 0n),
      fixed64(8, 0n),
      field(4, Buffer.from([1, 2, 3, 4, 5, 6, 7, Math.floor(chance() * 256)])),
      field(5, whichOf(OPERATIONS)),
      whole(6, 2),
      text('payment.id', RECORD_ID),
      text('http.request.method', 'POST'),
      text('http.route', '/v1/payments/{id}'),
      attribute(9, 'http.status_code', whole(3, whichOf([200, 200, 200, 201, 402, 500]))),
      text('server.address', `payments-${Math.floor(chance() * 64)}`),
      attribute(9, 'server.port', whole(3, 8443)),
      text('payment.currency', whichOf(['EUR', 'USD', 'GBP'])),
      text('payment.merchant', `m-${Math.floor(chance() * 100_000)}`),
      text('payment.country', whichOf(['DE', 'FR', 'US', 'GB', 'PL'])),
      attribute(9, 'payment.amount', double(4, Math.floor(chance() * 1e5) / 100)),
      attribute(9, 'risk.score', double(4, chance())),
      attribute(9, 'risk.cached', whole(2, chance() < 0.5 ? 0 : 1)),
      ...(chance() < 0.02 ? [field(15, whole(3, 2))] : []),
    );
  });
  const body = traces(`payments-${seed % 8}`, ...content);
  const traceAt = placesOf(body, TRACE_ID, count);
  const idAt = placesOf(body, Buffer.from(RECORD_ID), count);
  return {
    body,
    freshen(first, now) {
      for (let at = 0; at < count; at++) {
        const place = traceAt[at]!;
        const number = first + at + 1;
        body.writeUInt32LE(seed + 1, place);
        body.writeUInt32LE(0x9e_37_79_b1, place + 4);
        body.writeUInt32LE(Math.imul(Math.floor(number / 8), 0x85_eb_ca_77) >>> 0, place + 8);
        body.writeUInt32LE(Math.floor(number / 8), place + 12);
        body.writeUInt32LE(Math.imul(number, 0x9e_37_79_b1) >>> 0, place + 18);
        body.writeUInt32LE(number, place + 22);
        const duration = durations[at]!;
        nanoseconds(body, place + 27, now, number % 1e6);
        nanoseconds(body, place + 36, now, (number % 1e6) + duration);
        digits(body, idAt[at]!, number);
      }
    },
  };
}

/** Milliseconds and nanoseconds as a little-endian 64-bit integer, without a BigInt. */
function nanoseconds(body: Buffer, place: number, milliseconds: number, more: number): void {
  const upper = Math.floor(milliseconds / 65_536) * 1e6;
  const lower = (upper % 65_536) * 65_536 + (milliseconds % 65_536) * 1e6 + more;
  body.writeUInt32LE(lower % 4_294_967_296, place);
  body.writeUInt32LE(Math.floor(upper / 65_536) + Math.floor(lower / 4_294_967_296), place + 4);
}

/** The features of a prediction as they go over the wire: 40 numbers, a third of them whole, and 10 texts. */
export interface Content {
  readonly numbers: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly score: number;
  readonly decision: string;
  readonly value: number;
  readonly latencyMs: number;
  readonly region: string;
}

export function contents(count: number, seed: number): Content[] {
  const chance = random(seed);
  return Array.from({ length: count }, () => {
    const numbers: Record<string, number> = {};
    for (let at = 0; at < 40; at++) {
      const value = Math.exp(chance() * 8 - 2);
      numbers[`feature_${String(at).padStart(2, '0')}`] =
        at % 3 === 0 ? Math.floor(value) : at % 3 === 1 ? Math.round(value * 100) / 100 : value;
    }
    const texts: Record<string, string> = {};
    for (let at = 0; at < 10; at++) texts[`category_${at}`] = `value-${Math.floor(chance() * 20)}`;
    const score = chance();
    return {
      numbers,
      texts,
      score,
      decision: score > 0.9 ? 'decline' : 'approve',
      value: Math.round(chance() * 1e5) / 100,
      latencyMs: Math.round(chance() * 300) / 10,
      region: ['EU', 'US', 'APAC'][Math.floor(chance() * 3)]!,
    };
  });
}

function ndjson(count: number, seed: number): Template {
  const lines = contents(count, seed).map((content) =>
    JSON.stringify({
      prediction_id: RECORD_ID,
      model: 'card-fraud',
      version: 'v1',
      timestamp: Number(MILLISECONDS),
      features: { ...content.numbers, ...content.texts },
      score: content.score,
      decision: content.decision,
      value: content.value,
      latency_ms: content.latencyMs,
      tags: { region: content.region },
    }),
  );
  const body = Buffer.from(`${lines.join('\n')}\n`);
  const ids = placesOf(body, Buffer.from(RECORD_ID), count);
  const times = placesOf(body, Buffer.from(MILLISECONDS), count);
  return {
    body,
    freshen(first, now) {
      for (let at = 0; at < count; at++) {
        digits(body, ids[at]!, first + at);
        digits(body, times[at]!, now, MILLISECONDS.length);
      }
    },
  };
}

/** The same predictions as log records. */
function logs(count: number, seed: number): Template {
  const text = (key: string, value: string): Buffer => attribute(6, key, field(1, value));
  const records = contents(count, seed).map((content) =>
    field(
      2,
      fixed64(1, TIME),
      text('ml.prediction.id', RECORD_ID),
      text('ml.model.name', 'card-fraud'),
      text('ml.model.version', 'v1'),
      ...Object.entries(content.numbers).map(([name, value]) =>
        attribute(6, `ml.feature.${name}`, Number.isInteger(value) ? whole(3, value) : double(4, value)),
      ),
      ...Object.entries(content.texts).map(([name, value]) => text(`ml.feature.${name}`, value)),
      attribute(6, 'ml.prediction.score', double(4, content.score)),
      text('ml.prediction.decision', content.decision),
      attribute(6, 'ml.prediction.value', double(4, content.value)),
      text('ml.tag.region', content.region),
    ),
  );
  const body = traces('payments', ...records);
  const times = placesOf(body, Buffer.from('\x09~~~~~~~~'), count);
  const ids = placesOf(body, Buffer.from(RECORD_ID), count);
  return {
    body,
    freshen(first, now) {
      for (let at = 0; at < count; at++) {
        nanoseconds(body, times[at]! + 1, now, (first + at) % 1e6);
        digits(body, ids[at]!, first + at);
      }
    },
  };
}

function digits(body: Buffer, place: number, number: number, count = DIGITS): void {
  let rest = number;
  for (let at = place + count - 1; at >= place; at--) {
    const tenth = Math.floor(rest / 10);
    body[at] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
}

/** @throws when the mark is not there as often as it must be */
function placesOf(body: Buffer, mark: Buffer, count: number): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) places.push(at);
  if (places.length !== count) throw new Error(`${places.length} marks in a template of ${count} records`);
  return places;
}
