import { Client, compressionAlgorithms, credentials, Metadata } from '@grpc/grpc-js';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpGrpc } from '../../../../daemon/ingest/doors/otlp-grpc.ts';
import { startOtlpHttp } from '../../../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { goldenRequests, otlpJson } from '../../../support/golden-spans.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';
import { encodeTraces, expectedRows, type Row } from '../../../support/otlp-oracle.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const SPANS = 5000;
/** Stands for the name of the door, which is as long: the only difference between the doors. */
const MARK = '<--- door --->  ';
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

describe('five thousand spans with all that OTLP has', () => {
  let temporary: TemporaryIngest;
  let http: OtlpListener;
  let grpc: OtlpListener;
  let bodies: readonly Buffer[];
  let jsons: readonly string[];
  let expected: readonly Row[];
  beforeAll(async () => {
    temporary = await temporaryIngest();
    const requests = goldenRequests(MARK, SPANS, temporary.clock.now());
    bodies = requests.map(encodeTraces);
    jsons = requests.map(otlpJson);
    expected = bodies.flatMap(expectedRows);
    http = await startOtlpHttp(temporary.ingest, freeDoor());
    grpc = await startOtlpGrpc(temporary.ingest, freeDoor());
  });
  afterAll(async () => {
    await http.close();
    await grpc.close();
    await temporary.remove();
  });

  async function post(body: Uint8Array | string, type: string, packed: boolean): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${http.port}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': type, ...(packed ? { 'content-encoding': 'gzip' } : {}) },
      body: packed ? new Uint8Array(gzipSync(body)) : body instanceof Uint8Array ? new Uint8Array(body) : body,
    });
    expect([answer.status, Buffer.from(await answer.arrayBuffer()).toString()]).toEqual([
      200,
      type === JSON_TYPE ? '{}' : '',
    ]);
  }

  async function call(body: Buffer, packed: boolean): Promise<void> {
    const client = new Client(
      `127.0.0.1:${grpc.port}`,
      credentials.createInsecure(),
      packed ? { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip } : {},
    );
    const bytes = (value: Buffer): Buffer => value;
    const answer = await new Promise<Buffer | undefined>((resolve, reject) => {
      client.makeUnaryRequest(PATH, bytes, bytes, body, new Metadata(), (error, given) =>
        error === null ? resolve(given) : reject(error),
      );
    });
    expect(answer?.length).toBe(0);
    client.close();
  }

  async function stored(door: string): Promise<Row[]> {
    await temporary.ingest.flush();
    return temporary.rows(
      `SELECT * EXCEPT (Timestamp, Duration, \`Events.Timestamp\`), toString(toUnixTimestamp64Nano(Timestamp)) AS Timestamp,
              toString(Duration) AS Duration,
              arrayMap(at -> toString(toUnixTimestamp64Nano(at)), \`Events.Timestamp\`) AS \`Events.Timestamp\`
       FROM {database}.otel_traces WHERE ResourceAttributes['door'] = {door:String} ORDER BY SpanId`,
      { door },
    );
  }

  it.each(['grpc', 'grpc gzip', 'protobuf', 'protobuf gzip', 'json', 'json gzip'])(
    'become through %s the rows that an independent reader of protobuf makes of them',
    async (door) => {
      const mark = `<${door}>`.padEnd(MARK.length);
      const packed = door.endsWith('gzip');
      const marked = bodies.map((body) => Buffer.from(body.toString('latin1').replaceAll(MARK, mark), 'latin1'));
      if (door.startsWith('grpc')) await Promise.all(marked.map((body) => call(body, packed)));
      else if (door.startsWith('protobuf')) for (const body of marked) await post(body, PROTOBUF, packed);
      else for (const json of jsons) await post(json.replaceAll(MARK, mark), JSON_TYPE, packed);
      const rows = await stored(mark);
      expect(rows.length).toBe(SPANS);
      for (const [place, row] of rows.entries()) {
        const wanted = expected[place]!;
        // Much faster than `toEqual`, which then shows what differs.
        if (sorted(row).replace(mark, MARK) !== sorted(wanted)) expect(row).toEqual(wanted);
      }
    },
  );

  it('show what was cut, dropped and clamped, six times alike', async () => {
    const { mended, rejected } = await temporary.ingest.counters();
    expect(rejected).toEqual({});
    for (const what of ['duration_clamped', 'attribute_cut', 'attribute_dropped']) {
      expect(mended[what], what).toBeGreaterThan(0);
      expect(mended[what]! % 6, what).toBe(0);
    }
  });
});

function sorted(row: Row): string {
  return JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)));
}
