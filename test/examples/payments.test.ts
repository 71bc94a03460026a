import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL } from '../../examples/payments/record.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { startSinkDouble, type Sink } from './sink-double.ts';
import { RUN_TYPESCRIPT } from '../support/run-typescript.ts';

const SCRIPT = fileURLToPath(new URL('../../examples/payments/main.ts', import.meta.url));
const DAY = 86_400_000;

describe('the payments service', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let sink: Sink;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    sink = await startSinkDouble(true);
    await run(['first-model', '--rows=4000', ...addresses(sink)]);
  });
  afterAll(async () => {
    await sink.close();
    await directory.remove();
  });

  const addresses = ({ url }: Sink): string[] => [`--url=${url}`, `--otlp=${url}`, `--models=${directory.path}`];

  it('trains its first model, saves it, and registers what it takes', async () => {
    const [registered] = sink.lines(`/v1/models/${MODEL}/versions`);
    expect(registered).toMatchObject({ version: 'v1', path: join(directory.path, MODEL, 'v1'), threshold: 0.5 });
    expect(registered).toHaveProperty('inputs.30');
    const model = JSON.parse(await readFile(join(directory.path, MODEL, 'v1', 'model.json'), 'utf8')) as object;
    expect(model).toMatchObject({ format: 'layers-model', weightsManifest: [{ paths: ['weights.bin'] }] });
  });

  it('back-fills history with its own times: predictions, late labels, and spans over OTLP', async () => {
    const to = Date.parse('2026-03-01T00:00:00Z');
    const times = [`--from=${new Date(to - 10 * DAY).toISOString()}`, `--to=${new Date(to).toISOString()}`];
    await run(['backfill', '--payments=4100', ...times, ...addresses(sink)]);
    const predictions = sink.lines('/v1/predictions');
    expect(predictions).toHaveLength(4100);
    const at = predictions.map((prediction) => Number(prediction['timestamp']));
    expect(Math.min(...at)).toBe(to - 10 * DAY);
    expect(Math.max(...at)).toBeLessThan(to);
    expect(predictions[0]).toMatchObject({ model: MODEL, version: 'v1', tags: { simulated: 'true' } });
    const byId = new Map(predictions.map((prediction) => [prediction['prediction_id'], prediction]));
    const labels = sink.lines('/v1/labels');
    expect(labels.length).toBeGreaterThan(20);
    for (const label of labels) {
      const prediction = byId.get(label['prediction_id']);
      expect(label['label']).toBe('1');
      expect(Number(label['timestamp'])).toBeGreaterThan(Number(prediction?.['timestamp']));
      expect(Number(label['timestamp'])).toBeLessThan(to);
      expect(label['source']).toBe(prediction?.['decision'] === 'decline' ? 'cardholder' : 'chargeback');
    }
    const spans = Buffer.concat(sink.bodies.get('/v1/traces') ?? []).toString('latin1');
    for (const text of ['POST /score', 'feature lookup', 'model score', 'ledger write', 'simulated'])
      expect(spans).toContain(text);
    const traced = predictions.filter((prediction) => 'trace_id' in prediction);
    expect(traced).toHaveLength(Math.ceil(4100 / 20));
    expect(spans).toContain(Buffer.from(String(traced[0]?.['trace_id']), 'hex').toString('latin1'));
  });

  it('reports a retraining that failed to the daemon', async () => {
    const code = await run(
      [
        'retrain',
        `--snapshot=${join(directory.path, 'no.parquet')}`,
        '--retraining=r-1',
        `--callback=${sink.url}/v1/retrainings/r-1`,
        ...addresses(sink),
      ],
      1,
    );
    expect(code).toBe(1);
    expect(sink.lines('/v1/retrainings/r-1/fail')[0]?.['reason']).toContain('no.parquet');
  });
});

/** Runs one command of the service as a process of its own. */
async function run(argv: readonly string[], expected = 0): Promise<number> {
  const child = spawn(process.execPath, [...RUN_TYPESCRIPT, SCRIPT, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? 128)));
  expect([code, code === expected ? '' : printed.slice(-500)]).toEqual([expected, '']);
  return code;
}
