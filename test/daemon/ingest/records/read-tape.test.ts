import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBlock } from '../../../../daemon/ingest/native/block.ts';
import { Segment, segmentName } from '../../../../daemon/ingest/spool/segment.ts';
import { takeBody } from '../../../../daemon/ingest/take-body.ts';
import { openTaking } from '../../../support/fuzz-doors.ts';
import { randomFrom } from '../../../support/golden-spans.ts';
import { mutate, mutateJson } from '../../../support/mutate.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const AT = Date.parse('2026-11-20T10:00:00Z');

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

/** The two ways to a row: lines are scanned where they can be, what stands in an array is parsed. */
async function bothWays(name: string) {
  const [lines, array] = await Promise.all([open(`${name}-lines`), open(`${name}-array`)]);
  return {
    lines: (text: string) => lines.take('predictions/ndjson', Buffer.from(text)),
    array: (text: string) => array.take('predictions/json', Buffer.from(`[${text}]`)),
    blocks: () => [lines.blocks(), array.blocks()],
    tallies: () => [lines.rejected(), array.rejected()],
  };
}

async function open(name: string) {
  const { surroundings, taking } = await openTaking(join(directory.path, name));
  const segment = new Segment(segmentName(1), surroundings);
  return {
    take: (door: 'predictions/ndjson' | 'predictions/json', body: Buffer) =>
      takeBody({ door, receivedAt: AT, body }, segment, taking),
    blocks: () => Object.fromEntries(segment.tables().map(([table, columns]) => [table, encodeBlock(columns)])),
    rejected: () => Object.fromEntries(taking.tally.rejected),
  };
}

function record(number: number, features: unknown, more: object = {}): object {
  return {
    prediction_id: `p-${number}`,
    model: 'card-fraud',
    version: `v${number % 2}`,
    timestamp: number % 2 === 0 ? AT - number : new Date(AT - number).toISOString(),
    features,
    score: number / 100_000,
    scores: { a: 0.25, b: 0.75 },
    decision: ['approve', 'decline', 'ü'][number % 3],
    value: number % 4 === 0 ? null : 12.5,
    propensity: 1,
    latency_ms: 3,
    trace_id: 'AB'.repeat(16),
    span_id: 'ab'.repeat(8),
    tags: { region: ['EU', 'US'][number % 2], tier: null },
    role: ['control', 'candidate'][number % 2],
    ...more,
  };
}

describe('predictions that are scanned', () => {
  it('become the rows, refusals and rollups that parsed ones become, of 30,000 whole and broken lines', async () => {
    const { lines, array, blocks, tallies } = await bothWays('random');
    const random = randomFrom(5);
    const below = (most: number): number => Math.floor(random() * most);
    const value = (): unknown =>
      [
        () => below(100),
        () => random() * 1e6,
        () => -random(),
        () => `text ${below(30)}`,
        () => 'ü "quoted" \\ 日本',
        () => below(2) === 0,
        () => null,
        () => [1, 2.5, -random()],
        () => 'x'.repeat(below(3) * 40_000),
      ][below(20) === 0 ? 8 : below(8)]!();
    let [accepted, rejected, broken] = [0, 0, 0];
    for (let number = 0; number < 30_000; number++) {
      const names = Array.from({ length: below(9) }, () => `feature ${below(12)}`);
      const text = JSON.stringify(record(number, Object.fromEntries(names.map((name) => [name, value()]))));
      const line =
        below(3) > 0 ? text : below(2) === 0 ? mutateJson(text, below) : mutate(Buffer.from(text), below).toString();
      if (line.includes('\n') || !isUtf8(Buffer.from(line))) continue;
      const found = lines(line);
      if (found.errors[0]?.reason === 'bad_json' || line.trim() === '') {
        broken++;
        continue;
      }
      expect(found, line).toEqual(array(line));
      accepted += found.accepted;
      rejected += found.rejected;
    }
    expect(accepted).toBeGreaterThan(15_000);
    expect(rejected).toBeGreaterThan(1000);
    expect(broken).toBeGreaterThan(1000);
    const [scanned, parsed] = blocks();
    expect(Object.keys(scanned!)).toEqual(['predictions', 'prediction_minutes']);
    for (const [table, block] of Object.entries(scanned!))
      expect(Buffer.from(block).equals(parsed![table]!), table).toBe(true);
    const [ofLines, ofArray] = tallies();
    delete ofLines!['bad_json'];
    expect(ofLines).toEqual(ofArray);
  });

  it.each([
    ['no finite number', '{"a":1e999}', 'not_finite'],
    ['an embedding that float32 cannot hold', '{"a":[1,1e300]}', 'not_finite'],
    ['an empty name', '{"":1}', 'missing'],
    ['a long name', `{"${'n'.repeat(257)}":1}`, 'too_long'],
    ['a long name of characters of several bytes', `{"${'ü'.repeat(129)}":1}`, 'too_long'],
    [
      'too many',
      JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, 1]))),
      'too_many_features',
    ],
    ['an object', '{"a":{"b":1}}', 'bad_type'],
    ['no object', '[1,2]', 'bad_type'],
  ])('are refused for features with %s', async (name, features, reason) => {
    const { lines, array } = await bothWays(`refused ${name}`);
    const line = JSON.stringify(record(1, 0)).replace('"features":0', `"features":${features}`);
    expect(lines(line).errors).toEqual([expect.objectContaining({ line: 1, reason })]);
    expect(lines(line)).toEqual(array(line));
  });
});
