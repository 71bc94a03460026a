import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Malformed } from '../../../../daemon/ingest/decode/protobuf.ts';
import { SpanReader, type ReadLimits } from '../../../../daemon/ingest/decode/span-reader.ts';
import { encodeBlock } from '../../../../daemon/ingest/native/block.ts';
import { Segment, segmentName, type Outcome } from '../../../../daemon/ingest/spool/segment.ts';
import { takeBody } from '../../../../daemon/ingest/take-body.ts';
import { openTaking } from '../../../support/fuzz-doors.ts';
import { goldenRequests, randomFrom, smallRequests, type TraceRequest } from '../../../support/golden-spans.ts';
import { mutate } from '../../../support/mutate.ts';
import { encodeTraces } from '../../../support/otlp-oracle.ts';
import { attribute, double, field, fixed64, span, traces, varint, whole } from '../../../support/protobuf.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const AT = Date.parse('2026-11-20T10:00:00Z');
const NOW = BigInt(AT) * 1_000_000n;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

/** Counts the bodies that were read to their end. */
class CountingReader extends SpanReader {
  readToEnd = 0;

  override read(): number {
    const spans = super.read();
    if (spans >= 0 && this.done) this.readToEnd++;
    return spans;
  }
}

/** Leaves everything to JavaScript. */
class NoReader extends SpanReader {
  override begin(_body: Uint8Array, _limits: ReadLimits): boolean {
    return false;
  }
}

type Limits = Partial<Awaited<ReturnType<typeof openTaking>>['taking']['limits']>;

async function open(name: string, spanReader: SpanReader, limits: Limits) {
  const { surroundings, taking } = await openTaking(join(directory.path, name));
  const segment = new Segment(segmentName(1), { ...surroundings, spanReader });
  const within = { ...taking, limits: { ...taking.limits, ...limits } };
  return {
    take(body: Uint8Array): Outcome | string {
      try {
        return takeBody({ door: 'traces/protobuf', receivedAt: AT, body }, segment, within);
      } catch (error) {
        if (error instanceof Malformed) return `${error.code}: ${error.message}`;
        throw error;
      }
    },
    segment,
    counted: () => [segment.copiedBytes, taking.tally.spans, taking.tally.predictions, ...taking.tally.rejected],
  };
}

/** The two ways to a row. */
async function bothWays(name: string, limits: Limits = {}) {
  const reader = new CountingReader();
  const fast = await open(`${name}-fast`, reader, limits);
  const plain = await open(`${name}-plain`, new NoReader(), limits);
  const compare = (): void => {
    const [found, expected] = [fast, plain].map(({ segment }) => segment.tables());
    expect(found!.map(([table]) => table)).toEqual(expected!.map(([table]) => table));
    found!.forEach(([table, columns], at) => {
      for (const [column, values] of Object.entries(columns))
        expect(encodeBlock({ [column]: values }).toString(), `${table}.${column}`).toBe(
          encodeBlock({ [column]: expected![at]![1][column]! }).toString(),
        );
      expect(Buffer.from(encodeBlock(columns)).equals(encodeBlock(expected![at]![1])), table).toBe(true);
    });
    expect(fast.counted()).toEqual(plain.counted());
  };
  return {
    /** @returns whether the module read the body to its end */
    take(body: Uint8Array): boolean {
      const before = reader.readToEnd;
      const [found, expected] = [fast.take(body), plain.take(body)];
      if (JSON.stringify(found) !== JSON.stringify(expected))
        expect(found, Buffer.from(body).toString('base64')).toEqual(expected);
      return reader.readToEnd > before;
    },
    compare,
    rows: () => fast.segment.spans.Timestamp.rows,
    predictions: () => fast.segment.predictions.timestamp.rows,
  };
}

function text(key: string, value: string | Uint8Array): Buffer {
  return attribute(9, key, field(1, value));
}

/** What the module must read by itself. */
async function mustRead(name: string, bodies: readonly Uint8Array[], limits: Limits = {}): Promise<void> {
  const { take, compare, rows } = await bothWays(name, limits);
  bodies.forEach((body, at) => expect(take(body), `body ${at} was left`).toBe(true));
  expect(rows()).toBeGreaterThan(0);
  compare();
}

/** What the module must leave. */
async function mustLeave(name: string, body: Uint8Array, limits: Limits = {}): Promise<void> {
  const { take, compare } = await bothWays(name, limits);
  const before = traces('before', span(AT, { more: [text('a', 'b')] }));
  expect(take(before)).toBe(true);
  expect(take(body)).toBe(false);
  expect(take(before)).toBe(true);
  compare();
}

/** Without what the module leaves: counts of what was dropped, keys that are cut, spans that end before they start. */
function tame(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .filter((inner: { readonly key?: string; readonly value?: unknown }) => (inner.key?.length ?? 0) < 300)
      .map(tame);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const fields = Object.entries(value).filter(([name]) => !name.startsWith('dropped'));
  const tamed = Object.fromEntries(fields.map(([name, inner]) => [name, tame(inner)]));
  const { startTimeUnixNano: start, endTimeUnixNano: end } = tamed as Record<string, string | undefined>;
  return start !== undefined && BigInt(end!) < BigInt(start) ? { ...tamed, endTimeUnixNano: start } : tamed;
}

describe('spans read in WebAssembly', () => {
  it('are byte for byte the rows and rollups of the reader in JavaScript, with values of every kind', async () => {
    const { take, compare } = await bothWays('golden');
    let read = 0;
    const small = smallRequests(3, 5000, AT).map(encodeTraces);
    for (const body of [...goldenRequests('grpc', 2000, AT).map(encodeTraces), ...small]) if (take(body)) read++;
    expect(read).toBeGreaterThan(50);
    compare();
    const tamed = smallRequests(4, 5000, AT).map((request) => encodeTraces(tame(request) as TraceRequest));
    for (const body of tamed) if (take(body)) read++;
    expect(read).toBeGreaterThan(4900);
    compare();
  });

  it('have numbers as JavaScript writes them: 300,000 doubles of every form, and 64-bit integers', async () => {
    const random = randomFrom(11);
    const below = (most: number): number => Math.floor(random() * most);
    const bits = new DataView(new ArrayBuffer(8));
    const anyOf = (upper: number): number => {
      bits.setUint32(0, upper);
      bits.setUint32(4, below(2 ** 32));
      return bits.getFloat64(0);
    };
    const forms: (() => number)[] = [
      () => anyOf(below(2 ** 32)),
      // Below the normal ones, and around the powers of two.
      () => anyOf(below(2 ** 20)),
      () => 2 ** (below(2100) - 1075) * (1 + (below(3) - 1) * Number.EPSILON),
      () => Number(`${1 + below(9)}${below(2) === 0 ? '' : `.${below(1000)}`}e${below(640) - 325}`),
      () => (random() < 0.5 ? -1 : 1) * (below(1e9) / 10 ** below(8)),
      () => below(2 ** 32) * 2 ** below(60),
      () => random(),
      () => Number((random() * 10 ** (below(40) - 20)).toPrecision(1 + below(17))),
    ];
    const special = [0, -0, NaN, Infinity, -Infinity, 5e-324, 2 ** 53, 1e21, 1e-6, 1e-7, 123456789012345680000, 1e22];
    const numbers = [...special, Number.MAX_VALUE, ...Array.from({ length: 300_000 }, (_, at) => forms[at % 8]!())];
    const integers = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    for (let digits = 1n; digits < 2n ** 63n; digits *= 10n) integers.push(digits - 1n, digits, -digits, digits + 1n);
    const attributes = [
      ...numbers.map((number) => attribute(9, 'd', double(4, number))),
      ...integers.map((number) => attribute(9, 'i', whole(3, number))),
    ];
    const bodies: Buffer[] = [];
    for (let at = 0; at < attributes.length; at += 3000) {
      const spans = [0, 1000, 2000].map((from) => span(AT, { more: attributes.slice(at + from, at + from + 1000) }));
      bodies.push(traces('numbers', ...spans));
    }
    await mustRead('numbers', bodies, { max_attributes: 1000 });
  });

  it('have texts of every length, at the end of the body too', async () => {
    const letters = ['a', 'ü', '€', '\u{1F426}', '\0'];
    const bodies = Array.from({ length: 300 }, (_, length) => {
      const value = `${'x'.repeat(length)}${letters[length % 5]!}`;
      return traces('texts', span(AT, { more: [text(value.slice(-200), value), text('k', value.slice(1))] }));
    });
    const longest = traces('texts', span(AT, { more: [text('k', 'y'.repeat(16_384)), text('empty', '')] }));
    await mustRead('texts', [...bodies, longest]);
  });

  it('may have their fields in any order, more than once, and unknown ones between them', async () => {
    const unknown = [
      Buffer.concat([varint(100 * 8 + 5), Buffer.alloc(4, 1)]),
      fixed64(101, 5n),
      whole(102, 2n ** 64n - 1n),
      field(103, 'passed over'),
      // Known numbers of other wire types, and a tag of more bytes than it needs.
      whole(1, 7),
      Buffer.from([0x8a, 0x80, 0x00, 0x01, 0x41]),
    ];
    const value = field(2, field(1, 'the last counts'));
    const odd = field(
      9,
      field(2, field(1, 'first')),
      ...unknown.slice(0, 4),
      field(1, 'key'),
      value,
      field(1, 'late key'),
    );
    const more = [odd, field(9), field(9, field(1, 'no value')), field(9, field(2, field(1, 'no key')))];
    const event = field(11, field(3, field(1, 'before'), value), field(2, 'late name'), fixed64(1, 2n ** 64n - 1n));
    const link = field(
      13,
      field(4, field(1, 'a'), value),
      field(2, Buffer.alloc(8, 7)),
      field(3, 'a=b'),
      field(1, 'id'),
    );
    const status = [field(15, whole(3, 2)), field(15, field(2, 'message'))];
    const inner = span(AT, {
      more: [...unknown.slice(0, 4), ...more, event, text('z', 'z'), link, ...status, field(5, 'again')],
    });
    const scope = field(1, field(3, field(1, 'k'), value), field(1, 'late'), field(2, 'v'));
    const resource = (name: string): Buffer =>
      field(1, attribute(1, 'service.name', field(1, name)), ...unknown.slice(0, 4));
    const scopes = field(2, inner, ...unknown.slice(0, 4), inner, scope, field(1, field(1, 'last')));
    const bodies = [
      Buffer.concat([
        ...unknown.slice(0, 4),
        field(1, scopes, field(2, inner), resource('one'), resource('two'), scopes),
      ]),
      Buffer.concat([
        field(1),
        field(1, field(2)),
        field(1, resource('none')),
        field(1, field(2, inner)),
        traces('x', inner),
      ]),
      traces('flags', field(2, inner.subarray(3), Buffer.concat([varint(16 * 8 + 5), Buffer.alloc(4)]))),
    ];
    await mustRead('order', bodies);
  });

  it('have values of every type, of resources and scopes too', async () => {
    const values = [
      field(1, 'text'),
      field(1, ''),
      whole(2, 1),
      whole(2, 0),
      whole(2, 2n ** 64n - 1n),
      whole(3, -5),
      double(4, 0.1),
      field(5, field(1, field(1, 'a')), field(1, whole(3, 5)), field(1, double(4, NaN)), field(1)),
      field(6, field(1, field(1, 'k'), field(2, field(1, 'quo"te')))),
      field(7, Buffer.from([0, 1, 255])),
      // Two values, of which the last counts, and one that nobody knows.
      Buffer.concat([field(1, 'a'), whole(3, 5)]),
      Buffer.concat([whole(3, 5), field(1, 'b')]),
      whole(50, 1),
      Buffer.alloc(0),
    ];
    const bodies = values.flatMap((value) => {
      const event = field(11, fixed64(1, NOW), field(2, 'exception'), attribute(3, 'event', value));
      const link = field(13, field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 1)), attribute(4, 'link', value));
      const inner = span(AT, { parentId: Buffer.alloc(8, 9), more: [attribute(9, 'span', value), event, event, link] });
      const scope = field(1, field(1, 'scope'), attribute(3, 'scope', value));
      const resource = field(1, attribute(1, 'other', value), attribute(1, 'service.name', value));
      return [field(1, resource, field(2, scope, inner, span(AT)), field(2, inner))];
    });
    await mustRead('values', bodies);
  });

  it('may be many, of many resources, and large', async () => {
    const inner = (number: number, size: number): Buffer =>
      span(AT - number, { more: [text('payment', `p-${number}`), text('long', 'l'.repeat(size))] });
    const many = Array.from({ length: 3000 }, (_, number) => inner(number, number % 7));
    const large = Array.from({ length: 300 }, (_, number) => inner(number, 16_000));
    const resources = Array.from({ length: 400 }, (_, number) => traces(`service ${number % 70}`, inner(number, 3)));
    const wide = field(
      1,
      ...Array.from({ length: 200 }, (_, number) => attribute(1, `r${number}`, field(1, 'v'.repeat(900)))),
    );
    const repeated = field(1, wide, field(2, ...Array.from({ length: 600 }, () => inner(1, 1))));
    await mustRead('many', [traces('many', ...many), traces('large', ...large), Buffer.concat(resources), repeated]);
  });

  it('may bring ever new names', async () => {
    const bodies = Array.from({ length: 40 }, (_, body) =>
      traces(
        `service ${body}`,
        ...Array.from({ length: 500 }, (__, number) =>
          span(AT, { more: [field(5, `operation ${body} ${number}`), text('same', 'x'), text(`key ${body}`, 'x')] }),
        ),
      ),
    );
    await mustRead('names', bodies);
  });

  it('are left to JavaScript, and leave nothing behind, where anything is unusual', async () => {
    const id = Buffer.alloc(16, 1);
    let spans = 0;
    const half = Array.from({ length: 700 }, () => span(AT, { more: [text(`new ${spans++}`, 'x')] }));
    const plain = (...more: Buffer[]): Buffer => traces('s', ...half, span(AT, { more }));
    const unusual: Record<string, Buffer> = {
      'a long text of a prediction': plain(text('ml.feature.k', 'x'.repeat(16_385))),
      'a text that is not UTF-8': plain(text('k', Buffer.from([0x61, 0xed, 0xa0, 0x80]))),
      'a key that is not UTF-8': plain(
        text(Buffer.from([0xff]).toString('latin1'), 'ok'),
        field(9, field(1, Buffer.from([0xc0, 0x80]))),
      ),
      'a name that is not UTF-8': plain(field(5, Buffer.from([0xf5]))),
      'a long text': plain(text('k', 'x'.repeat(16_385))),
      'a long key': plain(text('k'.repeat(257), 'x')),
      'a long name': plain(field(5, 'n'.repeat(16_385))),
      'a long message': plain(field(15, field(2, 'm'.repeat(16_385)))),
      'too many attributes': plain(...Array.from({ length: 257 }, (_, at) => text(`k${at}`, 'x'))),
      'dropped attributes': plain(whole(10, 3)),
      'dropped events': plain(whole(12, 3)),
      'dropped links': plain(whole(14, 3)),
      'attributes dropped from an event': plain(field(11, whole(4, 1))),
      'attributes dropped from a link': plain(field(13, whole(5, 1))),
      'an end before the start': traces('s', ...half, span(AT, { end: NOW - 1n })),
      'a start long ago': traces('s', ...half, span(AT, { start: 5n })),
      'a start far ahead': traces('s', ...half, span(AT, { start: NOW * 2n, end: NOW * 2n })),
      'an end far ahead': traces('s', ...half, span(AT, { end: 2n ** 64n - 1n })),
      'a short id': traces('s', ...half, span(AT, { traceId: id.subarray(1) })),
      'an id of zeros': traces('s', ...half, span(AT, { traceId: Buffer.alloc(16) })),
      'a span without an id': traces('s', ...half, span(AT, { spanId: Buffer.alloc(0) })),
      'a span id of zeros': traces('s', ...half, span(AT, { spanId: Buffer.alloc(8) })),
      'a parent of zeros': traces('s', ...half, span(AT, { parentId: Buffer.alloc(8) })),
      'a parent of three bytes': traces('s', ...half, span(AT, { parentId: id.subarray(13) })),
      'values nested too deep': plain(attribute(9, 'deep', nested(70))),
      'no protobuf': Buffer.concat([plain(), Buffer.from([0x0b])]),
      'ever more names': traces(
        's',
        ...Array.from({ length: 9000 }, (_, at) => span(AT, { more: [text(`n${at}`, 'x')] })),
      ),
    };
    for (const [name, body] of Object.entries(unusual)) await mustLeave(`left ${name.replaceAll(' ', '-')}`, body);
    await mustLeave('left records', traces('s', ...half), { max_records: 500 });
    await mustLeave('left copies', field(1, field(1, ...wideResource()), field(2, ...half, ...half)));
  });

  it('carry the predictions that ride on them, and refuse the same ones', async () => {
    const riders = (body: number): Buffer[] =>
      Array.from({ length: 1200 }, (_, number) => {
        const fields = [
          text('ml.prediction.id', number % 50 === 1 ? '' : `p-${body}-${number % 900}`),
          text('ml.model.name', 'fraud'),
          text('plain', 'text'),
          text('ml.model.version', `v${number % 3}`),
          attribute(9, 'ml.prediction.score', double(4, number % 60 === 2 ? NaN : number / 1200)),
          attribute(9, 'ml.feature.amount', double(4, number / 7)),
          attribute(9, 'ml.feature.count', whole(3, number)),
          attribute(9, 'ml.feature.vector', field(5, field(1, double(4, 1)), field(1, whole(3, 2)))),
          text(`ml.feature.country ${number % 9}`, ['DE', 'ü'][number % 2]!),
          text('ml.tag.region', 'EU'),
          text('ml.', 'of another convention'),
          field(11, field(2, 'event'), attribute(3, 'ml.feature.event', whole(3, 1))),
          field(13, field(2, 'link'), attribute(4, 'ml.feature.link', whole(3, 1))),
          ...(number % 70 === 3 ? [text('ml.prediction.scor', 'mistyped')] : []),
          attribute(9, 'ml.feature.count', whole(3, number + 1)),
          ...(number % 2 === 0 ? [text('last', 'none of a prediction')] : []),
        ];
        if (number % 5 === 4) return span(AT, { more: [text('ml.model.name', 'no prediction')] });
        return span(AT, { more: number % 5 === 3 ? [text('none', 'x')] : fields, end: NOW + BigInt(number) * 77_777n });
      });
    const { take, compare, rows, predictions } = await bothWays('riders');
    for (let body = 0; body < 3; body++) expect(take(traces(`s${body}`, ...riders(body)))).toBe(true);
    expect(take(Buffer.concat([traces('damaged', ...riders(3)), Buffer.from([0x0b])]))).toBe(false);
    expect(take(traces('s', ...riders(3)))).toBe(true);
    expect(rows()).toBe(4800);
    expect(predictions()).toBeGreaterThan(1500);
    compare();
  });

  it('leave no name behind with a body that turns out to be damaged', async () => {
    const { take, compare } = await bothWays('damaged');
    const spans = Array.from({ length: 700 }, (_, at) =>
      span(AT, { more: [field(5, `operation ${at}`), text(`key ${at}`, 'x')] }),
    );
    expect(take(Buffer.concat([traces('damaged', ...spans), Buffer.from([0x0b])]))).toBe(false);
    expect(take(traces('whole', ...spans.toReversed()))).toBe(true);
    compare();
  });

  it('have as many attributes as they may have, counted by record, wherever events and links stand between', async () => {
    const texts = (number: number, count: number): Buffer[] =>
      Array.from({ length: count }, (_, at) => attribute(number, `key ${at}`, field(1, 'x')));
    const event = field(11, ...texts(3, 256));
    const link = field(13, ...texts(4, 256));
    const full = span(AT, { more: [...texts(9, 200), event, link, ...texts(9, 56), event] });
    await mustRead('full', [traces('s', full, full)]);
    await mustLeave('overfull', traces('s', span(AT, { more: [...texts(9, 200), event, ...texts(9, 57)] })));
    await mustLeave('overfull-event', traces('s', span(AT, { more: [field(11, ...texts(3, 257))] })));
    await mustLeave('overfull-link', traces('s', span(AT, { more: [field(13, ...texts(4, 257))] })));
  });

  it('are taken or refused as in JavaScript, of 20,000 damaged bodies and of one cut at every byte', async () => {
    const { take, compare } = await bothWays('mutated');
    const random = randomFrom(13);
    const below = (most: number): number => Math.floor(random() * most);
    const samples = smallRequests(14, 300, AT).map((request) => encodeTraces(tame(request) as TraceRequest));
    let read = 0;
    for (let body = 0; body < 20_000; body++) if (take(mutate(samples[below(samples.length)]!, below))) read++;
    expect(read).toBeGreaterThan(1500);
    expect(read).toBeLessThan(10_000);
    compare();
    for (const body of samples.slice(0, 5)) for (let end = 0; end < body.length; end++) take(body.subarray(0, end));
    compare();
  });

  it.each([
    ['a span ends in the middle of a field', [0x2a]],
    ['an event does', [0x5a, 0x01, 0x12]],
    ['a link does', [0x6a, 0x01, 0x0a]],
    ['a status does', [0x7a, 0x01, 0x12]],
    ['an attribute does', [0x4a, 0x01, 0x0a]],
  ])('leave no row where %s and its length stands behind it', async (_, end) => {
    const { take, compare, rows } = await bothWays(`cut-${end.length}-${end[0]}`);
    const good = Array.from({ length: 700 }, () => span(AT));
    const bad = field(1, field(2, field(2, Buffer.from(end))));
    const body = Buffer.concat([traces('s', ...good), bad, Buffer.from([0x32, 0])]);
    for (let times = 0; times < 3; times++) expect(take(body)).toBe(false);
    expect(rows()).toBe(0);
    expect(take(traces('s', ...good))).toBe(true);
    compare();
  });

  it('cannot be kept from the module by names that are chosen to meet', async () => {
    const mask = 2n ** 64n - 1n;
    const mixed = (hash: bigint): bigint => {
      const product = (hash * 0xd6e8feb86659fd93n) & mask;
      return product ^ (product >> 32n);
    };
    /** Slot of a name of less than eight bytes, without the seed. */
    const slotOf = (name: string): bigint =>
      mixed(BigInt(name.length) ^ Buffer.from(name.padEnd(8, '\0')).readBigUInt64LE()) >> 50n;
    const meeting: string[] = [];
    for (let at = 0; meeting.length < 80; at++)
      if (slotOf(`k${at.toString(36)}`) === slotOf('http')) meeting.push(`k${at.toString(36)}`);
    const more = [...meeting, 'http'].map((key) => text(key, 'x'));
    await mustRead('meeting', [
      traces('s', span(AT, { more })),
      traces('s', span(AT, { more: [text('http', 'GET')] })),
    ]);
  });
});

function nested(depth: number): Buffer {
  return depth === 0 ? field(1, 'deep') : field(5, field(1, nested(depth - 1)));
}

/** Attributes of a resource that a thousand spans make larger than one body may become. */
function wideResource(): Buffer[] {
  return Array.from({ length: 20 }, (_, number) => attribute(1, `r${number}`, field(1, 'v'.repeat(16_000))));
}
