import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Malformed } from '../../../../daemon/ingest/decode/protobuf.ts';
import { RecordScanner } from '../../../../daemon/ingest/decode/record-scanner.ts';
import { encodeBlock } from '../../../../daemon/ingest/native/block.ts';
import { Segment, segmentName } from '../../../../daemon/ingest/spool/segment.ts';
import { takeBody } from '../../../../daemon/ingest/take-body.ts';
import { openTaking } from '../../../support/fuzz-doors.ts';
import { randomFrom } from '../../../support/golden-spans.ts';
import { mutate } from '../../../support/mutate.ts';
import { attribute, double, field, fixed64, whole } from '../../../support/protobuf.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const AT = Date.parse('2026-11-20T10:00:00Z');

/** Counts the records that it reads. */
class CountingScanner extends RecordScanner {
  records = 0;

  override scanLog(body: Uint8Array, start: number, end: number): number {
    const tokens = super.scanLog(body, start, end);
    if (tokens >= 0) this.records++;
    return tokens;
  }
}

/** Leaves every record to the reader in JavaScript. */
class IdleScanner extends RecordScanner {
  override scanLog(): number {
    return -1;
  }
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

async function open(name: string, scanner: RecordScanner) {
  const { surroundings, taking } = await openTaking(join(directory.path, name));
  const segment = new Segment(segmentName(1), { ...surroundings, scanner });
  return {
    take: (body: Buffer): unknown => {
      try {
        return takeBody({ door: 'logs/protobuf', receivedAt: AT, body }, segment, taking);
      } catch (error) {
        if (error instanceof Malformed) return error.message;
        throw error;
      }
    },
    blocks: () => Object.fromEntries(segment.tables().map(([table, columns]) => [table, encodeBlock(columns)])),
    tally: () => [taking.tally.rejected, taking.tally.predictions],
  };
}

/** The two ways to a row. */
async function bothWays(name: string) {
  const scanner = new CountingScanner();
  const [scanned, walked] = await Promise.all([
    open(`${name}-scanned`, scanner),
    open(`${name}-walked`, new IdleScanner()),
  ]);
  return { scanner, scanned, walked };
}

const text = (key: string, value: string | Uint8Array): Buffer => attribute(6, key, field(1, value));
const logs = (...records: readonly Uint8Array[]): Buffer => field(1, field(2, ...records));
const log = (...fields: readonly Uint8Array[]): Buffer => field(2, ...fields);

function record(id: string, more: readonly Uint8Array[], time = BigInt(AT) * 1_000_000n): Buffer {
  return log(
    fixed64(1, time),
    text('ml.model.name', 'fraud'),
    text('ml.model.version', 'v1'),
    text('ml.prediction.id', id),
    ...more,
  );
}

describe('log records that are scanned', () => {
  it('become the rows, refusals and rollups that walked ones become, of 20,000 whole and broken bodies', async () => {
    const { scanner, scanned, walked } = await bothWays('random');
    const random = randomFrom(7);
    const below = (most: number): number => Math.floor(random() * most);
    const pick = <Value>(...of: readonly Value[]): Value => of[below(of.length)]!;
    const deep = (levels: number): Buffer => (levels === 0 ? whole(3, 1) : field(5, field(1, deep(levels - 1))));
    const value = (): readonly Buffer[] =>
      pick<() => readonly Buffer[]>(
        () => [whole(3, below(100))],
        () => [
          whole(
            3,
            pick<bigint | number>(
              -1,
              -5n,
              2n ** 53n - 1n,
              2n ** 53n + 1n,
              2n ** 53n + 3n,
              2n ** 62n + 257n,
              -(2n ** 53n) - 1n,
              -(2n ** 63n),
            ),
          ),
        ],
        () => [double(4, pick(random() * 1e6, -random(), 0, -0, 5e-324, 1e308))],
        () => [double(4, random())],
        () => [double(4, pick(1, NaN, Infinity, -Infinity))],
        () => [field(1, `text ${below(30)}`)],
        () => [field(1, pick<string | Uint8Array>('', 'ü “quoted” 日本', Buffer.from([0x61, 0xff]), 'x'.repeat(300)))],
        () => [whole(2, below(2))],
        () => [],
        () => [field(1, 'first'), whole(3, 5)],
        () => [field(5, field(1, double(4, 1)), field(1, whole(3, 2)))],
        () => [field(6, field(1, field(1, 'a'), field(2, whole(3, 1))))],
        () => [field(7, 'bytes')],
        () => [whole(99, 1)],
      )();
    const key = (): string =>
      below(12) > 0
        ? `ml.feature.f${below(12)}`
        : pick(
            'ml.tag.region',
            'ml.tag.é',
            'ml.prediction.score',
            'ml.prediction.scor',
            'ml.prediction.role',
            'ml.model.x',
            'ml.other',
            'ml.',
            'ml',
            '',
            'http.method',
            'ml.feature.',
            'ml.prediction.decision',
            'ml.prediction.value',
            'ml.prediction.id',
            `ml.feature.${'n'.repeat(pick(245, 246, 300))}`,
          );
    const odd = (): Buffer =>
      pick<() => Buffer>(
        () => attribute(6, 'http.deep', deep(pick(3, 70))),
        () => field(6, field(2, whole(3, 1)), field(1, 'ml.feature.turned')),
        () => field(6, field(1, Buffer.from([0x6d, 0x6c, 0x2e, 0xff])), field(2, field(1, 'x'))),
        () => field(6, field(1, 'ml.feature.none')),
        () => field(6),
        () => field(9, Buffer.alloc(pick(0, 8, 16), pick(0, 7))),
        () => field(10, Buffer.alloc(pick(0, 8, 16), pick(0, 7))),
        () => fixed64(11, BigInt(AT) * 1_000_000n),
        () => field(5, field(1, 'the body')),
        () => whole(2, 9),
      )();
    let [taken, cut] = [0, 0];
    for (let number = 0; number < 20_000; number++) {
      const records = Array.from({ length: 1 + below(3) }, (_, at) =>
        record(
          `p-${number}-${at}`,
          Array.from({ length: below(9) }, () => (below(25) === 0 ? odd() : attribute(6, key(), ...value()))),
          pick(BigInt(AT) * 1_000_000n, BigInt(AT - number) * 1_000_000n, 0n),
        ),
      );
      const body = below(3) > 0 ? logs(...records) : mutate(logs(...records), below);
      const answer = scanned.take(body);
      expect(answer, body.toString('base64')).toEqual(walked.take(body));
      if (typeof answer === 'string') cut++;
      else taken++;
    }
    expect(scanner.records).toBeGreaterThan(5000);
    expect(cut).toBeGreaterThan(1000);
    expect(taken).toBeGreaterThan(10_000);
    const blocks = walked.blocks();
    expect(Object.keys(blocks)).toEqual(['predictions', 'prediction_minutes']);
    for (const [table, block] of Object.entries(scanned.blocks()))
      expect(Buffer.from(block).equals(blocks[table]!), table).toBe(true);
    expect(scanned.tally()).toEqual(walked.tally());
  });

  it.each([
    ['as most are', [attribute(6, 'ml.feature.a', double(4, 1.5)), text('ml.tag.region', 'EU')], 1],
    ['with attributes of others', [text('http.method', 'GET'), attribute(6, 'http.status', whole(3, 200))], 1],
    ['with an attribute of others that is an array', [attribute(6, 'http.all', field(5))], 0],
    ['with a key given twice', [text('ml.feature.a', 'x'), text('ml.feature.a', 'y')], 0],
    ['with an embedding', [attribute(6, 'ml.feature.a', field(5, field(1, double(4, 1))))], 0],
    ['with a number beyond the whole ones of a double', [attribute(6, 'ml.feature.a', whole(3, 2n ** 60n + 129n))], 1],
  ])('are those %s', async (name, more, records) => {
    const { scanner, scanned, walked } = await bothWays(name);
    const body = logs(record('p', more));
    expect(scanned.take(body)).toEqual({ accepted: 1, rejected: 0, errors: [], message: '' });
    expect(walked.take(body)).toEqual({ accepted: 1, rejected: 0, errors: [], message: '' });
    expect(scanner.records).toBe(records);
    for (const [table, block] of Object.entries(scanned.blocks()))
      expect(Buffer.from(block).equals(walked.blocks()[table]!), table).toBe(true);
  });

  it('are as many as fit: a longer one, and one of more names than are told apart, is walked', async () => {
    const { scanner, scanned, walked } = await bothWays('large');
    const bodies = [
      logs(record('long', [text('ml.feature.a', 'x'.repeat(300_000))]), record('short', [])),
      ...Array.from({ length: 20 }, (_, body) =>
        logs(
          record(
            `many-${body}`,
            Array.from({ length: 500 }, (_none, at) => text(`ml.feature.${body}-${at}`, `${at}`)),
          ),
        ),
      ),
    ];
    for (const body of bodies) expect(scanned.take(body)).toEqual(walked.take(body));
    expect(scanner.records).toBeGreaterThan(10);
    expect(scanner.records).toBeLessThan(21);
    for (const [table, block] of Object.entries(scanned.blocks()))
      expect(Buffer.from(block).equals(walked.blocks()[table]!), table).toBe(true);
  });
});
