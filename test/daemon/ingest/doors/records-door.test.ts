import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpHttp } from '../../../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';
import { runApi, type RunningFake } from '../../api/running-api.ts';

const LIMIT = 20_000;
const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';

interface Given {
  readonly kind?: 'predictions' | 'labels';
  readonly method?: string;
  readonly body: string | Buffer;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly retryAfter: string | undefined;
  readonly acceptEncoding: string | undefined;
  readonly text: string;
}

describe('predictions and labels on the port of OTLP/HTTP', () => {
  const listen = { ...freeDoor({ max_body_bytes: LIMIT }), publicUrl: 'https://serin.example' };
  let temporary: TemporaryIngest;
  let http: OtlpListener;
  let api: RunningFake;

  beforeAll(async () => {
    temporary = await temporaryIngest({ max_body_bytes: LIMIT, max_records: 50, max_line_bytes: 2000 });
    http = await startOtlpHttp(temporary.ingest, listen);
    api = await runApi({ maxBodyBytes: LIMIT, publicUrl: listen.publicUrl });
    api.parts.answer('ingest.accept', (kind, form, parts) => temporary.ingest.accept(kind, form, Buffer.concat(parts)));
  });
  afterAll(async () => {
    await http.close();
    await api.close();
    await temporary.remove();
    expect(listen.budget.held).toBe(0);
  });

  /** @param port of one of the two servers; `unusual` has the request read by Node.js on the port of OTLP/HTTP too */
  const send = (port: number, { kind = 'predictions', method = 'POST', ...given }: Given, unusual = false) =>
    new Promise<Answer>((resolve, reject) => {
      const { body, type = NDJSON, headers = {} } = given;
      const sent = httpRequest({
        port,
        method,
        path: `/v1/${kind}`,
        headers: {
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          connection: unusual ? 'close' : 'keep-alive',
          ...headers,
        },
      });
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            type: response.headers['content-type'],
            retryAfter: response.headers['retry-after'],
            acceptEncoding: response.headers['accept-encoding'],
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sent.on('error', reject).end(body);
    });
  const prediction = (id: string, more: object = {}) => ({
    prediction_id: id,
    model: 'fraud',
    version: 'v1',
    timestamp: temporary.clock.time,
    features: { amount: 12.5, country: 'DE' },
    score: 0.5,
    ...more,
  });
  const label = (id: string, more: object = {}) => ({ prediction_id: id, label: 1, ...more });

  const CASES: readonly [name: string, make: (id: string) => Given][] = [
    ['predictions', (id) => ({ body: lines([prediction(`${id}-1`), prediction(`${id}-2`)]) })],
    ['with a charset', (id) => ({ body: lines([prediction(id)]), type: 'Application/X-NDJSON; charset=utf-8' })],
    ['an array', (id) => ({ body: JSON.stringify([prediction(id)]), type: JSON_TYPE })],
    ['labels', (id) => ({ kind: 'labels', body: lines([label(id)]) })],
    ['labels, an array', (id) => ({ kind: 'labels', body: JSON.stringify([label(id)]), type: JSON_TYPE })],
    ['an empty list', () => ({ body: '[]', type: JSON_TYPE })],
    [
      'some refused',
      (id) => ({
        body: Buffer.concat([lines([prediction(id), prediction('x', { score: 'é' })]), Buffer.from('\n{“')]),
      }),
    ],
    ['all refused', () => ({ body: lines([prediction('x', { nope: 1 }), { model: 'fraud' }]) })],
    ['labels, all refused', () => ({ kind: 'labels', body: lines([label('x', { label: null })]) })],
    ['nothing', () => ({ body: '' })],
    ['nothing, packed', () => ({ body: gzipSync(''), headers: { 'content-encoding': 'gzip' } })],
    ['packed', (id) => ({ body: gzipSync(lines([prediction(id)])), headers: { 'content-encoding': 'gzip' } })],
    ['packed, by an old name', () => ({ body: gzipSync('{}'), headers: { 'content-encoding': 'x-gzip' } })],
    ['packed, and not', () => ({ body: '{}', headers: { 'content-encoding': 'gzip' } })],
    ['a bomb', () => ({ body: gzipSync(' '.repeat(LIMIT + 1)), headers: { 'content-encoding': 'gzip' } })],
    ['another encoding', () => ({ body: '{}', headers: { 'content-encoding': 'br' } })],
    ['another type', () => ({ body: '{}', type: 'text/plain' })],
    ['the type of OTLP', () => ({ body: '{}', type: 'application/x-protobuf' })],
    ['no JSON', () => ({ body: '[{', type: JSON_TYPE })],
    ['packed, and nothing says so', () => ({ body: gzipSync('{}') })],
    ['too large', () => ({ body: ' '.repeat(LIMIT + 1) })],
    ['too many', () => ({ body: '{}\n'.repeat(60) })],
    ['a line too long', () => ({ body: `{"model":"${'x'.repeat(2000)}"}` })],
    ['of a page of this server', (id) => ({ body: lines([prediction(id)]), headers: { origin: listen.publicUrl } })],
    ['by its public name', (id) => ({ body: lines([prediction(id)]), headers: { host: 'serin.example' } })],
    [
      'of a page of another site',
      (id) => ({ body: lines([prediction(id)]), headers: { origin: 'https://evil.example' } }),
    ],
    ['by another name', (id) => ({ body: lines([prediction(id)]), headers: { host: 'evil.example' } })],
  ];

  it.each(CASES)('are answered as on the port of the API: %s', async (name, make) => {
    const wanted = await send(api.port, make(`${name} api`));
    expect(wanted.text).not.toBe('');
    for (const unusual of [false, true])
      expect(await send(http.port, make(`${name} ${unusual}`), unusual)).toEqual(wanted);
  });

  it('become the same rows', async () => {
    const records = (id: string) => lines([prediction(`${id}-1`), prediction(`${id}-2`, { tags: { region: 'EU' } })]);
    for (const [id, port] of [
      ['rows-api', api.port],
      ['rows-otlp', http.port],
    ] as const) {
      expect((await send(port, { body: records(id) })).status).toBe(200);
      expect(
        (await send(port, { kind: 'labels', body: lines([label(`${id}-1`, { timestamp: temporary.clock.time })]) }))
          .status,
      ).toBe(200);
    }
    await temporary.ingest.flush();
    for (const [table, but] of [
      ['predictions', 'prediction_id'],
      ['labels', 'prediction_id, version'],
    ] as const) {
      const rows = (id: string) =>
        temporary.rows(
          `SELECT substring(prediction_id, {from:UInt8}) AS record, * EXCEPT (${table === 'labels' ? 'prediction_id' : but})
           FROM {database}.${table} WHERE startsWith(prediction_id, {id:String}) ORDER BY record`,
          { id, from: id.length + 1 },
        );
      expect(await rows('rows-otlp')).toEqual(await rows('rows-api'));
      expect((await rows('rows-otlp')).length).toBeGreaterThan(0);
    }
  });

  it('are stored once, whichever port they come through again', async () => {
    const body = lines([prediction('twice')]);
    const answers = [
      await send(api.port, { body }),
      await send(http.port, { body }),
      await send(http.port, { body: Buffer.concat([body, Buffer.from('\n')]) }),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(
      answers.map(() => [200, '{"accepted":1,"rejected":0,"errors":[]}']),
    );
    await temporary.ingest.flush();
    expect(
      await temporary.rows(`SELECT count() AS n FROM {database}.predictions WHERE prediction_id = 'twice'`),
    ).toEqual([{ n: 1 }]);
  });

  it('have no other method', async () => {
    const { status, text } = await send(http.port, { method: 'PUT', body: '{}' });
    expect([status, JSON.parse(text)]).toMatchObject([405, { error: { code: 'method_not_allowed' } }]);
  });

  it('are pushed back as on the port of the API while the intake is closed', async () => {
    await temporary.ingest.close();
    const wanted = await send(api.port, { body: lines([prediction('late')]) });
    expect([wanted.status, wanted.retryAfter]).toEqual([503, '5']);
    for (const unusual of [false, true])
      expect(await send(http.port, { body: lines([prediction('late')]) }, unusual)).toEqual(wanted);
  });
});
