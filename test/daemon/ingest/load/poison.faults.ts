import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSpoolFile } from '../../../../daemon/ingest/spool/spool-file.ts';
import { goodPrediction, ndjson, PREDICTION_POISONS, spanPoisons } from '../../../support/poisons.ts';
import { span, traces } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

/** Of each body, the poison among them. */
const RECORDS = 10_000;
/** Bodies in the spool that is damaged, of so many records each. */
const BODIES = 100;
const DAMAGES = 1000;
const SEED = 20_261_126;

/** Whole numbers below `most`, the same at every run. */
function places(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/** About twenty seconds on two cores. */
describe('one poison record among ten thousand', { timeout: 600_000 }, () => {
  let temporary: TemporaryIngest;
  const place = places(SEED);
  let predictions = 0;
  let spans = 0;
  beforeAll(async () => {
    temporary = await temporaryIngest();
  });
  afterAll(() => temporary.remove());

  it('costs itself, wherever it stands: of predictions', async () => {
    for (const [what, poison] of PREDICTION_POISONS) {
      const at = temporary.clock.now();
      const lines: (string | Buffer)[] = Array.from({ length: RECORDS - 1 }, (_, n) =>
        JSON.stringify(goodPrediction(`${what} ${n}`, at)),
      );
      const line = place(RECORDS);
      lines.splice(line, 0, poison(goodPrediction(what, at)));
      const answer = await temporary.ingest.accept('predictions', 'ndjson', ndjson(lines));
      expect(answer, what).toMatchObject({ accepted: RECORDS - 1, rejected: 1, errors: [{ line: line + 1 }] });
      predictions += RECORDS - 1;
    }
  });

  it('costs itself, wherever it stands: of spans', async () => {
    const at = temporary.clock.now();
    for (const [what, poison] of spanPoisons(at)) {
      const all = Array.from({ length: RECORDS - 1 }, () => span(at));
      all.splice(place(RECORDS), 0, poison);
      const answer = await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('s', ...all));
      expect(answer, what).toMatchObject({ accepted: RECORDS - 1, rejected: 1 });
      spans += RECORDS - 1;
    }
  });

  it('leaves all others in the store, at the first try', async () => {
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT (SELECT count() FROM {database}.otel_traces) AS spans, (SELECT count() FROM {database}.predictions) AS predictions,
              (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score') AS counted`,
    );
    expect(row).toEqual({ spans, predictions, counted: predictions });
    const { loadFailures, setAside, rejected } = await temporary.ingest.counters();
    expect([loadFailures, setAside.segments]).toEqual([0, 0]);
    process.stdout.write(
      `${PREDICTION_POISONS.length} kinds of predictions and ${spanPoisons(0).length} of spans, each one of ${RECORDS} records: ` +
        `${predictions} predictions and ${spans} spans stored, refused ${JSON.stringify(rejected)}\n`,
    );
  });
});

/** About ten seconds on two cores. */
describe('a spool of ten thousand records with a byte turned', { timeout: 600_000 }, () => {
  let temporary: TemporaryIngest;
  beforeAll(async () => {
    temporary = await temporaryIngest();
  });
  afterAll(() => temporary.remove());

  it('loses the body that the byte lies in, and no other, at a thousand places', async () => {
    const place = places(SEED);
    const at = temporary.clock.now();
    for (let body = 0; body < BODIES; body++) {
      const records = Array.from({ length: RECORDS / BODIES }, (_, n) => goodPrediction(`${body} ${n}`, at));
      await temporary.ingest.accept('predictions', 'ndjson', ndjson(records.map((one) => JSON.stringify(one))));
    }
    const copy = `${temporary.directory}-copy`;
    await cp(temporary.directory, copy, { recursive: true });
    const file = (await readdir(copy)).find((name) => name.endsWith('.spool'))!;
    const name = file.slice(0, -'.spool'.length);
    const path = join(copy, file);
    const intact = await readFile(path);
    const whole = (await readSpoolFile(path, name)).records.map(({ body }) => Buffer.from(body).toString());
    expect(whole).toHaveLength(BODIES);
    for (let damage = 0; damage < DAMAGES; damage++) {
      const offset = place(intact.length);
      const bytes = Buffer.from(intact);
      bytes[offset]! ^= 1 + place(255);
      await writeFile(path, bytes);
      const { records, damages } = await readSpoolFile(path, name);
      const kept = new Set(records.map(({ body }) => Buffer.from(body).toString()));
      expect(
        whole.filter((body) => !kept.has(body)),
        `byte ${offset}`,
      ).toHaveLength(1);
      expect([records.length, damages.length], `byte ${offset}`).toEqual([BODIES - 1, 1]);
      const [from, to] = [damages[0]!.at, damages[0]!.at + damages[0]!.bytes];
      expect(from <= offset && offset < to, `byte ${offset}`).toBe(true);
    }
    process.stdout.write(
      `${DAMAGES} bytes turned in ${intact.length}: ${BODIES - 1} of ${BODIES} bodies kept each time\n`,
    );
  });
});
