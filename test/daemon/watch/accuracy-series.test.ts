import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings, type Findings, type JudgedFinding } from '../../../daemon/store/findings.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import type { Watch } from '../../../daemon/watch/watch.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { ModelRecord, Outcomes, Series } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 7, 3);
const DAYS = 100;
const MODEL = 'fraud';
/** The day from which on the ROC-AUC is 0.1 lower. */
const CHANGED = 85;

describe('series of accuracy', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let findings: Findings;
  let watch: Watch;
  const end = START + DAYS * DAY;
  const settings = modelSettings.parse({
    window: '1h',
    reference: '1d',
    accuracy_window: '1d',
    label_maturity: '1h',
    detectors: { cusum: true },
  });

  const judgedDay = (day: number, detector: string, statistic: number, length = DAY): JudgedFinding => {
    const outcomes: Outcomes = { predictions: 5000, mature: 5000, labelled: 5000, outcomes: [] };
    const from = START + day * DAY;
    const at = { id: `${detector}-${day}-${length}`, model: MODEL, version: 'v1', slice: 'all', detector, subject: '' };
    const judged = { judgedAt: from + length + HOUR, final: length === DAY, reference: null };
    const said = { state: 'pass' as const, statistic, limit: 0.5, reason: 'as it was', count: 5000 };
    return {
      finding: { ...at, ...judged, ...said, window: { from, to: from + length } },
      kind: 'accuracy',
      settings: {},
      reference: null,
      window: outcomes,
    };
  };

  beforeAll(async () => {
    opened = await temporaryStore();
    const hours = [...Array.from({ length: 26 }, (_, hour) => START + hour * HOUR), end - 2 * HOUR, end - HOUR];
    const rows = hours.map((hour) => ({
      model: MODEL,
      version: 'v1',
      slice: 'all',
      kind: 'score',
      name: '',
      bucket: new Date(hour).toISOString().slice(0, 19).replace('T', ' '),
      count: 1000,
      missing: 0,
      numbers: { [binCode(0.25)]: 1000 },
      categories: {},
    }));
    await opened.store.writer.insert('prediction_minutes', rows);
    const book = await openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      opened.store.documents<ModelRecord>('models'),
    );
    findings = openFindings(opened.store.writer, opened.store.reader);
    const days = Array.from({ length: DAYS }, (_, day) => {
      const noise = ((day * 7) % 11) / 1000;
      // A day that is not over yet says little, and has no value.
      const last = day === DAYS - 1 ? judgedDay(day, 'pr_auc', 0.1, HOUR) : judgedDay(day, 'pr_auc', 0.4 + noise);
      return [judgedDay(day, 'roc_auc', (day < CHANGED ? 0.9 : 0.8) + noise), last];
    });
    await findings.put(days.flat());
    watch = await openTestWatch({
      store: opened.store,
      book,
      findings,
      settings: { open_windows: false, back: 2 },
      clock: { now: () => end + 31_000 },
    });
    watch.touch(new Map([[MODEL, { from: end - 2 * HOUR, to: end }]]));
    await watch.tick();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('reach back by windows of accuracy, and learn from the first that there are, however short the reference is', async () => {
    const newest = async (subject: string) => {
      const found = await findings.list({ model: MODEL, detector: 'cusum', subject, limit: 100 });
      return found.find(({ window }) => window.to === end)!;
    };
    const changed = await newest('roc_auc');
    expect(changed).toMatchObject({ state: 'fail', details: { change_at: START + CHANGED * DAY } });
    const inputs = (await findings.inputs(changed.id))!;
    const [reference, window] = [inputs.reference as Series, inputs.window as Series];
    expect([reference.stepMs, reference.points.length, window.stepMs, window.points.length]).toEqual([
      DAY,
      30,
      DAY,
      70,
    ]);
    expect(reference.points[0]?.at).toBe(START);
    expect(recompute(inputs)).toEqual(changed);
    expect(await newest('pr_auc')).toMatchObject({ state: 'pass' });
  });

  it('are the same to an evaluation', async () => {
    const [answer] = await watch.evaluate({
      model: MODEL,
      reference: { from: START, to: START + DAY },
      window: { from: end - HOUR, to: end },
      step: '1h',
      detectors: ['cusum'],
    });
    const states = answer?.findings.map(({ subject, state }) => [subject, state]);
    expect(states).toContainEqual(['roc_auc', 'fail']);
    expect(states).toContainEqual(['pr_auc', 'pass']);
  });
});
