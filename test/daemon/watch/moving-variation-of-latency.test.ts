import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import { seededNormals } from '../../../detectors/maths/seeded-normals.ts';
import type { Finding, ModelRecord } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LAST = Date.UTC(2026, 10, 20, 12);
const WEEKS = 4;
/** Hours that are judged; the last is shifted. */
const JUDGED = 24;

/** An hour of spans, fast at night and slow at noon, with a wobble of its own. */
function durations(from: number, wobble: number, factor: number): Record<string, number> {
  const usual = 100 - 60 * Math.cos((2 * Math.PI * (from % DAY)) / DAY);
  const counts: Record<string, number> = {};
  for (let at = 0; at < 500; at++) {
    const code = binCode(factor * usual * Math.exp(wobble + ((at % 41) - 20) / 80));
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

describe('latencies held against the same hour of earlier weeks', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let findings: Findings;
  const found: Finding[] = [];

  beforeAll(async () => {
    opened = await temporaryStore();
    findings = openFindings(opened.store.writer, opened.store.reader);
    const normal = seededNormals(7);
    const hours = Array.from({ length: WEEKS * 168 }, (_, ago) => LAST - ago * HOUR);
    const bucketOf = (from: number) => new Date(from).toISOString().slice(0, 19).replace('T', ' ');
    await opened.store.writer.insert(
      'span_minutes',
      hours.map((from) => ({
        service: 'scorer',
        operation: 'predict',
        bucket: bucketOf(from),
        count: 500,
        errors: 0,
        durations: durations(from, 0.3 * normal(), from === LAST ? 6 : 1),
      })),
    );
    const score = { model: 'm', version: 'v1', slice: 'all', kind: 'score', name: '', count: 500, missing: 0 };
    await opened.store.writer.insert(
      'prediction_minutes',
      hours.map((from) => ({ ...score, bucket: bucketOf(from), numbers: { [binCode(0.25)]: 500 }, categories: {} })),
    );
    const own = { window: '1h', reference: '1d', latency_reference: 'same_hour', services: ['scorer'] };
    const defaults = modelSettings.parse(own);
    const watch = await openTestWatch({
      store: opened.store,
      findings,
      settings: { open_windows: false, back: JUDGED },
      book: await openModelSettings(
        { directory: 'models', defaults, by_name: {} },
        opened.store.documents<ModelRecord>('models'),
      ),
      clock: { now: () => LAST + HOUR + 31_000 },
      observe: async (some) => void found.push(...some),
    });
    watch.touch(new Map([['m', { from: LAST - (JUDGED - 1) * HOUR, to: LAST + HOUR }]]));
    await watch.tick();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('pass with a daily course and wobble, and fail where they are six times as long', async () => {
    const shifts = found.filter(({ detector, subject }) => detector === 'latency_shift' && subject !== 'prediction');
    expect(new Set(shifts.map(({ window }) => window.from)).size).toBe(JUDGED);
    expect(shifts.flatMap(({ state, window }) => (state === 'fail' ? [window.from] : []))).toEqual([LAST]);
    const inputs = await findings.inputs(shifts.find(({ state }) => state === 'fail')!.id);
    expect(inputs?.ruling).toBeDefined();
    expect(recompute(inputs!)).toEqual(inputs!.finding);
  });
});
