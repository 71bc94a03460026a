import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute, field, fixed64, span, traces, whole } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const MEBIBYTE = 1024 * 1024;
/** What the largest body of this file, its rows and what is made on the way may take. */
const MOST_MEMORY = 900 * MEBIBYTE;

function repeated(part: Uint8Array, mebibytes: number): Buffer {
  return Buffer.alloc(Math.floor((mebibytes * MEBIBYTE) / part.length) * part.length, part);
}

/** A field whose content is large: no copies on the way. */
function large(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return field(number, ...parts);
}

describe('bodies that grow when they are read', () => {
  let temporary: TemporaryIngest;
  let at = 0;
  let before = 0;
  beforeAll(async () => {
    temporary = await temporaryIngest();
    at = temporary.clock.now();
    before = process.resourceUsage().maxRSS * 1024;
  });
  afterAll(() => temporary.remove());

  const take = (body: Uint8Array, form: 'protobuf' | 'json' = 'protobuf', signal: 'traces' | 'logs' = 'traces') =>
    temporary.ingest.acceptOtlp(signal, form, body);
  const empty = Buffer.from([0x0a, 0]);

  it.each([
    ['empty resources', () => repeated(empty, 8)],
    ['empty scopes', () => large(1, repeated(Buffer.from([0x12, 0]), 8))],
    ['empty spans', () => large(1, large(2, repeated(Buffer.from([0x12, 0]), 8)))],
    ['empty events of one span', () => large(1, large(2, large(2, repeated(Buffer.from([0x5a, 0]), 8))))],
    ['empty links of one span', () => large(1, large(2, large(2, repeated(Buffer.from([0x6a, 0]), 8))))],
    [
      'a large resource of many small spans',
      () => {
        const value = Buffer.alloc(16_000, 'x');
        const resource = Array.from({ length: 250 }, (_, n) => attribute(1, `key${n}`, field(1, value)));
        const id = Buffer.alloc(16, 1);
        const small = field(2, field(1, id), field(2, id.subarray(8)), fixed64(7, BigInt(at) * 1_000_000n));
        return large(1, large(1, ...resource), large(2, repeated(small, 2)));
      },
    ],
  ])('of %s are refused whole with 413', async (_what, body) => {
    await expect(take(body())).rejects.toMatchObject({ code: 'too_large' });
  });

  it.each([
    ['empty log records', () => large(1, large(2, repeated(Buffer.from([0x12, 0]), 8)))],
    ['empty resources of logs', () => repeated(empty, 8)],
  ])('of %s are refused whole with 413', async (_what, body) => {
    await expect(take(body(), 'protobuf', 'logs')).rejects.toMatchObject({ code: 'too_large' });
  });

  it.each([
    ['empty arrays', (n: number) => `{"resourceSpans":[${'[],'.repeat(n)}[]]}`],
    ['empty objects', (n: number) => `{"resourceSpans":[${'{},'.repeat(n)}{}]}`],
    ['nested arrays', (n: number) => '['.repeat(n * 3)],
  ])('of JSON with millions of %s are refused whole with 413', async (_what, body) => {
    await expect(take(Buffer.from(body(5_000_000)), 'json')).rejects.toMatchObject({ code: 'too_large' });
    await expect(temporary.ingest.accept('predictions', 'json', Buffer.from(body(5_000_000)))).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  it('of a million lines and more are refused whole, and of one long line for that line', async () => {
    for (const line of ['\n', '1\n'])
      await expect(
        temporary.ingest.accept('predictions', 'ndjson', repeated(Buffer.from(line), 4)),
      ).rejects.toMatchObject({ code: 'too_large' });
    const long = Buffer.concat([Buffer.from('{"a":['), repeated(Buffer.from('[],'), 16), Buffer.from('[]]}\n{}\n')]);
    expect(await temporary.ingest.accept('labels', 'ndjson', long)).toMatchObject({
      rejected: 2,
      errors: [{ line: 1, reason: 'line_too_long' }, { line: 2 }],
    });
  });

  it('tell exactly how many of half a million records are refused', async () => {
    const answer = await take(large(1, large(2, repeated(Buffer.from([0x12, 0]), 0.95))));
    expect(answer).toMatchObject({ accepted: 0, rejected: Math.floor((0.95 * MEBIBYTE) / 2) });
    expect(answer.message.length).toBeLessThan(300);
    expect((await temporary.ingest.counters()).rejected['bad_trace_id']).toBe(answer.rejected);
  });

  it('keep the first attributes of a span of millions, and the first elements of a value of millions', async () => {
    const keys = Buffer.concat(Array.from({ length: 300_000 }, (_, n) => attribute(1, `key${n}`)));
    const body = traces(
      'many',
      span(at, { more: [repeated(attribute(9, 'a'), 8)] }),
      span(at, { more: [attribute(9, 'map', large(6, keys))] }),
      span(at, { more: [attribute(9, 'array', large(5, repeated(empty, 8)))] }),
      span(at, { more: [attribute(9, 'text', field(1, Buffer.alloc(10 * MEBIBYTE, 'x')))] }),
      span(at, { more: [field(5, Buffer.alloc(10 * MEBIBYTE, 'y')), field(3, Buffer.alloc(20_000, 'z'))] }),
    );
    expect(await take(body)).toMatchObject({ accepted: 5, rejected: 0, message: '' });
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT count() AS spans, max(length(SpanAttributes)) AS attributes, max(length(SpanName)) AS name,
              max(length(TraceState)) AS state, arrayMax(groupArrayArray(mapValues(mapApply((k, v) -> (k, length(v)), SpanAttributes)))) AS value
       FROM {database}.otel_traces WHERE ServiceName = 'many'`,
    );
    expect(row).toEqual({ spans: 5, attributes: 256, name: 16_384, state: 16_384, value: 16_384 });
    expect((await temporary.ingest.counters()).mended).toMatchObject({ attribute_cut: 3, text_cut: 2 });
  });

  it('of a prediction with more than it may have cost that prediction', async () => {
    const ml = (key: string, ...value: readonly Uint8Array[]) => attribute(9, `ml.${key}`, ...value);
    const whatever = [
      ml('model.name', field(1, 'm')),
      ml('model.version', field(1, 'v')),
      ml('prediction.id', field(1, 'i')),
    ];
    const features = Array.from({ length: 100_000 }, (_, n) => ml(`feature.f${n}`, whole(3, n)));
    const vector = ml('feature.v', large(5, repeated(field(1, whole(3, 1)), 1)));
    const tags = Array.from({ length: 300 }, (_, n) => ml(`tag.t${n}`, field(1, 'x')));
    const answer = await take(
      traces('ml', ...[features, [vector], tags].map((more) => span(at, { more: [...whatever, ...more] }))),
    );
    expect(answer).toMatchObject({ accepted: 3, rejected: 0 });
    for (const reason of ['too_many_features', 'embedding_too_long', 'too_many_tags'])
      expect(answer.message).toContain(`1 prediction refused (${reason}`);
  });

  it('all of them took bounded memory', () => {
    expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(MOST_MEMORY);
  });
});
