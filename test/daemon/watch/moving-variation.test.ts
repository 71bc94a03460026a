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

/** Amounts are small at night and large at noon, smaller at weekends, and wobble from hour to hour. */
function amounts(from: number, normal: () => number, shift: number): Record<string, number> {
  const day = -Math.cos((2 * Math.PI * (from % DAY)) / DAY);
  const weekend = [0, 6].includes(new Date(from).getUTCDay()) ? -0.5 : 0;
  const centre = 4 + 1.5 * day + weekend + shift;
  const counts: Record<string, number> = {};
  for (let row = 0; row < 500; row++) {
    const code = binCode(Math.exp(centre + normal()));
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

/** How far hours wobble by themselves, as logarithms; enough to fail some of them if sampling noise alone were allowed for. */
const CASES = [
  { kind: 'previous', wobble: 0.05, shifted: 1.2, finds: 'wasserstein' },
  // So large a shift leaves the range that was seen, which explains the drift away.
  { kind: 'same_hour', wobble: 0.25, shifted: 2, finds: 'out_of_range_share' },
] as const;

describe.each(CASES)('windows held against $kind', ({ kind, wobble, shifted, finds }) => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let findings: Findings;
  const found: Finding[] = [];

  beforeAll(async () => {
    opened = await temporaryStore();
    findings = openFindings(opened.store.writer, opened.store.reader);
    const normal = seededNormals(7);
    const rows = Array.from({ length: WEEKS * 168 }, (_, ago) => LAST - ago * HOUR).flatMap((from) => {
      const bucket = new Date(from).toISOString().slice(0, 19).replace('T', ' ');
      const common = { model: 'm', version: 'v1', slice: 'all', bucket, count: 500, missing: 0, categories: {} };
      const shift = from === LAST ? shifted : 0;
      return [
        { ...common, kind: 'feature', name: 'amount', numbers: amounts(from, normal, shift + wobble * normal()) },
        { ...common, kind: 'score', name: '', numbers: { [binCode(0.25)]: 500 } },
      ];
    });
    await opened.store.writer.insert('prediction_minutes', rows);
    const defaults = modelSettings.parse({ window: '1h', reference: '1d', reference_kind: kind });
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

  const failed = () => found.filter((one) => one.final && one.state === 'fail' && one.subject === 'amount');

  it('pass with days, weekends and wobble while nothing is wrong', () => {
    expect(new Set(found.map(({ window }) => window.from)).size).toBe(JUDGED);
    expect(failed().flatMap(({ detector, window }) => (window.from < LAST ? [[detector, window.from]] : []))).toEqual(
      [],
    );
  });

  it('fail where a shift is, and can be judged again from what was stored', async () => {
    const shifts = failed().filter(({ window }) => window.from === LAST);
    expect(shifts.map(({ detector }) => detector)).toContain(finds);
    for (const { id } of shifts) {
      const inputs = await findings.inputs(id);
      expect(inputs?.ruling).toBeDefined();
      expect(recompute(inputs!)).toEqual(inputs!.finding);
    }
  });
});
