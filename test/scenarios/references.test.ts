import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding, Model, ReferenceHistograms, TakenReference } from '../../daemon/api/contract.ts';
import { runCommand } from '../daemon/cli/run-command.ts';
import { startDaemon, type RunningDaemon } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const HOUR = 3_600_000;
const ROWS = 300;
/** The last whole hour but one: its window is over. */
const LAST = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;

describe('training data as the reference, through the real daemon', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let daemon: RunningDaemon;
  const settings = { watch: { tick: '1s', settle: '0s' }, references: { max_bytes: 100_000 } };
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (await fetch(daemon.api + path)).json()) as Answer;
  const send = () =>
    fetch(`${daemon.api}/v1/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        Array.from({ length: ROWS }, (_, n) => ({
          prediction_id: `p${n}`,
          model: 'fraud',
          version: 'v1',
          timestamp: LAST + n * 1000,
          features: { amount: 500 + n },
          score: 0.5,
        })),
      ),
    });
  const serin = (...words: string[]) => runCommand([...words, '--url', daemon.api]);

  beforeAll(async () => {
    directory = await temporaryDirectory();
    daemon = await startDaemon(settings, directory.path);
    await fetch(`${daemon.api}/v1/models/fraud`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ window: '1h' }),
    });
  });
  afterAll(async () => {
    await daemon.stop();
    await directory.remove();
  });

  it('is taken before the first prediction, judged against, named by findings, and there again after a restart', async () => {
    const file = join(directory.path, 'train.csv');
    await writeFile(
      file,
      `amount,score\n${Array.from({ length: ROWS }, (_, n) => `${1 + (n % 90)},0.5`).join('\n')}\n`,
    );
    const sent = await serin('reference', 'upload', file, '--model', 'fraud', '--json');
    expect(sent.stderr).toBe('');
    const taken = JSON.parse(sent.stdout) as TakenReference;
    expect(taken).toMatchObject({ kind: 'uploaded', in_use: true, upload: { rows: ROWS, timed: false } });
    await send();
    const drift = async (): Promise<Finding | undefined> =>
      (
        await ask<{ findings: Finding[] }>('/v1/findings?model=fraud&detector=psi&feature=amount&state=fail')
      ).findings.find(({ final, reference }) => final && reference?.id === taken.id);
    await expect.poll(drift, { timeout: 45_000, interval: 200 }).toBeDefined();

    daemon.process.kill('SIGKILL');
    await new Promise((resolve) => daemon.process.once('exit', resolve));
    daemon = await startDaemon(settings, directory.path);
    expect((await ask<Model>('/v1/models/fraud')).reference).toMatchObject({ id: taken.id, uploaded: true });
    const list = await serin('reference', 'list', '--model', 'fraud');
    expect(list.stdout).toMatch(new RegExp(`^\\*\\s+${taken.id}\\s+uploaded`, 'm'));
    const { expected } = await ask<{ expected: { count: number } }>(
      `/v1/models/fraud/distribution?feature=amount&version=v1&from=${new Date(LAST).toISOString()}&to=${new Date(LAST + HOUR).toISOString()}`,
    );
    expect(expected.count).toBe(ROWS);
  });

  it('goes back to an earlier one, and knows no other', async () => {
    const range = { from: new Date(LAST).toISOString(), to: new Date(LAST + HOUR).toISOString() };
    const put = (body: object) =>
      fetch(`${daemon.api}/v1/models/fraud/reference`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const pinned = (await (await put(range)).json()) as Model;
    expect(pinned.reference).toMatchObject({ ...range, pinned: true, uploaded: false });
    const { references } = await ask<{ references: TakenReference[] }>('/v1/models/fraud/references');
    const uploaded = references.find(({ kind }) => kind === 'uploaded')!;
    const used = await serin('reference', 'use', uploaded.id, '--model', 'fraud');
    expect(used.stdout).toContain(`fraud is judged against ${uploaded.id}`);
    expect((await ask<Model>('/v1/models/fraud')).reference?.id).toBe(uploaded.id);
    const unknown = await serin('reference', 'use', 'ref-0', '--model', 'fraud');
    expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('has no reference "ref-0"')]);
  });

  it('is exported as rows, which are the same reference again, and as histograms', async () => {
    const { references } = await ask<{ references: TakenReference[] }>('/v1/models/fraud/references');
    const uploaded = references.find(({ kind }) => kind === 'uploaded')!;
    const pinned = references.find(({ kind }) => kind === 'pinned')!;
    const histograms = async (id: string): Promise<ReferenceHistograms['histograms']> =>
      (await ask<ReferenceHistograms>(`/v1/models/fraud/references/${id}/histograms`)).histograms;
    const features = async (id: string) => (await histograms(id)).filter(({ kind }) => kind === 'feature');
    for (const { id } of [uploaded, pinned]) {
      const file = join(directory.path, `${id}.parquet`);
      const written = await serin('reference', 'export', id, '--model', 'fraud', '--output', file);
      expect(written.stderr).toBe('');
      const again = await serin('reference', 'upload', file, '--model', 'fraud', '--json');
      const taken = JSON.parse(again.stdout) as TakenReference;
      expect(taken.upload?.rows).toBe(ROWS);
      expect(await features(taken.id)).toEqual(await features(id));
      expect((await serin('reference', 'export', id, '--model', 'fraud', '--output', file)).stderr).toContain(
        'is there already',
      );
    }
    const json = join(directory.path, 'histograms.json');
    await serin('reference', 'export', uploaded.id, '--model', 'fraud', '--output', json, '--histograms');
    const written = JSON.parse(await readFile(json, 'utf8')) as ReferenceHistograms;
    expect(written).toMatchObject({ reference: { id: uploaded.id }, histograms: await histograms(uploaded.id) });
    const amount = written.histograms.find(({ kind, name }) => kind === 'feature' && name === 'amount');
    expect(amount).toMatchObject({ version: 'all', slice: 'all', histogram: { count: ROWS, missing: 0 } });
    expect(await readdir(join(directory.path, 'uploads'))).toEqual([]);
    const unknown = await serin('reference', 'export', 'ref-0', '--model', 'fraud', '--output', `${json}2`);
    expect(unknown.stderr).toContain('has no reference "ref-0"');
  });

  it('is refused over HTTP with a code, a message and a field', async () => {
    const post = async (query: string, body: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${daemon.api}/v1/models/fraud/references${query}`, { method: 'POST', body, headers });
      const { error } = (await answer.json()) as { error: { code: string; field?: string } };
      return [answer.status, error.code, error.field];
    };
    expect(await post('', 'a\n1\n')).toEqual([415, 'unsupported_media_type', 'format']);
    expect(await post('?format=xls', 'a\n1\n')).toEqual([400, 'invalid_request', 'format']);
    expect(await post('?format=csv', 'a\n1\n', { 'content-encoding': 'gzip' })).toEqual([
      415,
      'unsupported_media_type',
      'Content-Encoding',
    ]);
    expect(await post('?format=csv', 'a\nnan\n')).toEqual([400, 'invalid_request', 'a']);
    expect(await post('?format=csv', '')).toEqual([400, 'invalid_request', 'body']);
    expect(await post('?format=csv', `a\n${'1\n'.repeat(100_000)}`)).toEqual([413, 'too_large', 'body']);
    const unknown = await fetch(`${daemon.api}/v1/models/fruad/references?format=csv`, {
      method: 'POST',
      body: 'a\n1\n',
    });
    expect(unknown.status).toBe(404);
    expect((await fetch(`${daemon.api}/readyz`)).status).toBe(200);
  });
});
