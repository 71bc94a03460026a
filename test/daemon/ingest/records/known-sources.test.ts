import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KnownSources } from '../../../../daemon/ingest/records/known-sources.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const DAY = 86_400_000;
const MOST = 20;

describe('more sources of labels than anybody should send', () => {
  let temporary: TemporaryIngest;
  beforeEach(async () => {
    temporary = await temporaryIngest({ max_sources: MOST });
  });
  afterEach(() => temporary.remove());

  const send = async (labels: readonly (readonly [id: string, source?: string])[]): Promise<void> => {
    const timestamp = temporary.clock.now();
    const records = labels.map(([id, source]) => ({ prediction_id: id, label: '1', timestamp, source }));
    const answer = await temporary.ingest.accept('labels', 'ndjson', lines(records));
    expect(answer).toEqual({ accepted: labels.length, rejected: 0, errors: [] });
  };
  const bySource = async (): Promise<Record<string, number>> => {
    const rows = await temporary.rows<{ source: string; count: number }>(
      'SELECT source, count() AS count FROM {database}.labels FINAL GROUP BY source',
    );
    return Object.fromEntries(rows.map(({ source, count }) => [source, count]));
  };
  const beyond = async (): Promise<unknown> => {
    const { overflows, mended } = await temporary.ingest.counters();
    return { overflows, mended };
  };

  it('are stored as "other" beyond the limit, each counted; those before it keep their names over a restart', async () => {
    const flood = Array.from({ length: 3000 }, (_, n) => [`p${n}`, `source ${n}`] as const);
    await send(flood.slice(0, 1500));
    await temporary.ingest.flush();
    await temporary.ingest.close();
    await temporary.reopen();
    await send(flood.slice(1500));
    await send([['q1', 'source 7'], ['q2'], ['q3', 'other'], ['q4', '__proto__']]);
    await temporary.ingest.flush();

    const counts = await bySource();
    expect(Object.keys(counts)).toHaveLength(MOST + 2);
    expect(counts).toMatchObject({ 'source 0': 1, 'source 7': 2, 'source 19': 1, '': 1, other: 3000 - MOST + 2 });
    const lastAt = temporary.clock.now();
    // Since the start: what came before the restart was counted then.
    expect(await beyond()).toEqual({
      overflows: [{ kind: 'sources', owner: '', times: 1501, lastAt }],
      mended: { source_other: 1501 },
    });
    expect((await temporary.ingest.counters()).known.sources).toBe(MOST);
  });

  it('make one row of labels that differ in nothing else, and both are counted', async () => {
    await send(Array.from({ length: MOST }, (_, n) => [`p${n}`, `source ${n}`] as const));
    await send([
      ['twice', 'source 1'],
      ['twice', 'source 2'],
      ['once', 'late 1'],
      ['once', 'late 2'],
    ]);
    await temporary.ingest.flush();
    const rows = await temporary.rows(
      `SELECT prediction_id, groupArray(source) AS sources FROM (SELECT * FROM {database}.labels FINAL ORDER BY source)
       WHERE prediction_id IN ('once', 'twice') GROUP BY prediction_id ORDER BY prediction_id`,
    );
    expect(rows).toEqual([
      { prediction_id: 'once', sources: ['other'] },
      { prediction_id: 'twice', sources: ['source 1', 'source 2'] },
    ]);
    expect((await temporary.ingest.counters()).mended).toEqual({ source_other: 2 });
  });

  it('seal no segment before its sources are on the disk', async () => {
    const inTheWay = join(temporary.directory, 'known-sources.json.new');
    await mkdir(inTheWay);
    await send([['p', 'bank']]);
    const flushed = temporary.ingest.flush();
    await vi.waitFor(async () => expect((await temporary.ingest.counters()).sealFailures).toBeGreaterThan(0));
    expect((await readdir(temporary.directory)).filter((name) => /\.(ready|native)$/.test(name))).toEqual([]);
    await rmdir(inTheWay);
    await flushed;
    expect(await bySource()).toEqual({ bank: 1 });
  });

  it('make room once they were not heard of for 30 days, though nothing new is known', async () => {
    const { directory } = temporary;
    const at = temporary.clock.now();
    const known = await KnownSources.open(directory, 2);
    expect(['a', 'b', 'c'].map((source) => known.nameOf(source, at))).toEqual(['a', 'b', 'other']);
    await known.save(at);
    expect(known.nameOf('b', at + 20 * DAY)).toBe('b');
    await known.save(at + 20 * DAY);
    await known.save(at + 31 * DAY);
    const reopened = await KnownSources.open(directory, 2);
    expect(reopened.size).toBe(1);
    expect(['c', 'b', 'a'].map((source) => reopened.nameOf(source, at + 31 * DAY))).toEqual(['c', 'b', 'other']);
  });
});
