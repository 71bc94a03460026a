import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayHeadline } from '../../../daemon/alerts/say-alert.ts';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openModelViews } from '../../../daemon/models/model-views.ts';
import { openReferences } from '../../../daemon/models/references.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { decidedAt } from '../../../daemon/watch/decisions-of.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 2);
const REFERENCE = 32;
const HOURS = 40;
const COUNT = 2000;
/** The hour from which on more is declined. */
const SHIFTED = 37;

/** From hour to hour: a model that declines now more, now less, as it always has. */
const swings = (hour: number): number => (hour % 2 === 0 ? 0.03 : 0.11);
const shifted = (hour: number): number => (hour < SHIFTED ? swings(hour) : 0.25);

describe('the decisions of models', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let findings: Findings;
  let views: ReturnType<typeof openModelViews>;
  const now = START + HOURS * HOUR + 31_000;

  const rowsOf = (model: string, hour: number, share: number, recorded: boolean) => {
    const declined = Math.round(COUNT * share);
    const common = {
      model,
      version: 'v1',
      slice: 'all',
      name: '',
      bucket: new Date(START + hour * HOUR).toISOString().slice(0, 19).replace('T', ' '),
      count: COUNT,
    };
    // Of a model that records its decisions the scores stay as they were.
    const above = recorded ? 60 : declined;
    const numbers = { [binCode(0.125)]: COUNT - above, [binCode(0.75)]: above };
    const score = { ...common, kind: 'score', missing: 0, numbers, categories: {} };
    const categories = { approve: COUNT - declined - 10, decline: declined };
    return recorded ? [score, { ...common, kind: 'decision', missing: 10, numbers: {}, categories }] : [score];
  };

  beforeAll(async () => {
    opened = await temporaryStore();
    const hours = Array.from({ length: HOURS }, (_, hour) => hour);
    await opened.store.writer.insert(
      'prediction_minutes',
      hours.flatMap((hour) => [
        ...rowsOf('recorded', hour, shifted(hour), true),
        ...rowsOf('by threshold', hour, shifted(hour), false),
        ...rowsOf('calm', hour, swings(hour), true),
      ]),
    );
    const settings = modelSettings.parse({ window: '1h', reference: `${REFERENCE}h` });
    const book = await openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      opened.store.documents<ModelRecord>('models'),
    );
    const references = openReferences(opened.store.watcher, book, opened.store.documents('references'));
    const clock = { now: () => now };
    views = openModelViews({ reader: opened.store.reader, book, references, clock });
    findings = openFindings(opened.store.writer, opened.store.reader);
    const watch = await openTestWatch({ store: opened.store, book, findings, references, clock });
    await watch.tick();
  });
  afterAll(async () => {
    await opened.remove();
  });

  const judgedOf = async (model: string) => {
    const stored = await findings.list({ model, detector: 'decision_drift', limit: 1000 });
    return stored.filter(({ final }) => final).sort((one, other) => one.window.from - other.window.from);
  };
  const failedHours = (judged: Awaited<ReturnType<typeof judgedOf>>) =>
    judged.filter(({ state }) => state === 'fail').map(({ window }) => (window.from - START) / HOUR);

  it.each([
    ['recorded', 'decisions'],
    ['by threshold', 'decisions by threshold'],
  ])('are judged against the reference, held to how it varies by itself: %s', async (model, subject) => {
    const judged = await judgedOf(model);
    expect(new Set(judged.map((one) => one.subject))).toEqual(new Set([subject]));
    expect(judged.length).toBeGreaterThan(30);
    expect(failedHours(judged)).toEqual([37, 38, 39]);
    const failed = judged.at(-1)!;
    expect(failed.reason).toMatch(/^"decline" made up 7(\.\d+)? % of the decisions and makes up 25(\.\d+)? % now;/);
    expect(failed.details).toMatchObject({ decision: 'decline', limit_from: 'the reference' });
    expect(recompute((await findings.inputs(failed.id))!)).toEqual(failed);
    expect(sayHeadline(subject, 'decision_drift')).toBe(`${subject} drifted`);
  });

  it('pass where they swing as they always did, further than the setting', async () => {
    const judged = await judgedOf('calm');
    expect(failedHours(judged)).toEqual([]);
    expect(judged.some(({ details }) => details?.['limit_from'] === 'the reference')).toBe(true);
    const scores = await findings.list({ model: 'recorded', detector: 'score_drift', state: 'fail', limit: 10 });
    expect(scores).toEqual([]);
  });

  it('are shown, whatever the finding calls them', async () => {
    const window = { from: now - 31_000 - HOUR, to: now - 31_000 };
    const query = { slice: 'all', kind: 'decision', feature: 'decisions', window } as const;
    const { current } = await views.distribution('recorded', query);
    expect(current.categories.map(({ value }) => value)).toEqual(['approve', 'decline']);
  });
});

describe('what a threshold makes of scores', () => {
  const bins = Bins.of([
    { low: 0.25, high: 0.5, count: 60 },
    { low: 0.5, high: 0.75, count: 30 },
    { low: 0.75, high: 1, count: 10 },
  ]);
  const shares = (threshold: number) => decidedAt({ count: 104, missing: 4, bins, categories: [] }, threshold);

  it('is declined at and above it, and of the bin that it cuts in proportion', () => {
    const of = (threshold: number) => shares(threshold).categories.map(({ count }) => count);
    expect(of(0.5)).toEqual([60, 40]);
    expect(of(0.6)).toEqual([72, 28]);
    expect([of(0), of(2)]).toEqual([
      [0, 100],
      [100, 0],
    ]);
    expect(shares(0.5)).toMatchObject({ count: 104, missing: 4 });
  });
});
