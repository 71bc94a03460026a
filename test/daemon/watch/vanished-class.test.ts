import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 2);
const REFERENCE = 24;
const HOURS = 28;
const COUNT = 1000;
/** The hour from which on scores of classes are gone. */
const GONE = 26;

/** How many of the 1,000 predictions of an hour give a class, by what becomes of it; undefined is a row that does not come at all. */
const MODELS: Readonly<Record<string, (name: string, hour: number) => number | undefined>> = {
  'no row': (name, hour) => (name === 'gold' && hour >= GONE ? undefined : COUNT),
  'a row of missing ones': (name, hour) => (name === 'gold' && hour >= GONE ? 0 : COUNT),
  'no scores at all': (_, hour) => (hour >= GONE ? 0 : COUNT),
  // The three most probable are named; this one hardly ever is.
  'a rare one': (name, hour) => (name !== 'gold' ? COUNT : hour < REFERENCE ? 1 : 0),
};

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let findings: Findings;

beforeAll(async () => {
  opened = await temporaryStore();
  const rows = Object.entries(MODELS).flatMap(([model, given]) =>
    Array.from({ length: HOURS }, (_, hour) => {
      const bucket = new Date(START + hour * HOUR).toISOString().slice(0, 19).replace('T', ' ');
      const common = { model, version: 'v1', slice: 'all', kind: 'score', bucket, count: COUNT, categories: {} };
      const classes = ['gold', 'iron', 'tin'].flatMap((name) => {
        const times = given(name, hour);
        if (times === undefined) return [];
        const numbers =
          times === 0 ? {} : { [binCode(0.3)]: Math.ceil(times / 2), [binCode(0.4)]: Math.floor(times / 2) };
        return [{ ...common, name, missing: COUNT - times, numbers }];
      });
      return [{ ...common, name: '', missing: COUNT, numbers: {} }, ...classes];
    }).flat(),
  );
  await opened.store.writer.insert('prediction_minutes', rows);
  const settings = modelSettings.parse({ kind: 'multiclass', window: '1h', reference: `${REFERENCE}h` });
  const book = await openModelSettings(
    { directory: 'models', defaults: settings, by_name: {} },
    opened.store.documents<ModelRecord>('models'),
  );
  findings = openFindings(opened.store.writer, opened.store.reader);
  const clock = { now: () => START + HOURS * HOUR + 31_000 };
  const watch = await openTestWatch({ store: opened.store, book, findings, clock });
  await watch.tick();
});
afterAll(async () => {
  await opened.remove();
});

const judgedOf = async (model: string) => {
  const stored = await findings.list({ model, detector: 'score_drift', subject: 'score of class gold', limit: 1000 });
  return stored
    .filter(({ final, window }) => final && window.from >= START + REFERENCE * HOUR)
    .sort((one, other) => one.window.from - other.window.from);
};

it.each(['no row', 'a row of missing ones'])('a class that no prediction gives any more fails: %s', async (model) => {
  const judged = await judgedOf(model);
  expect(judged.map(({ state }) => state)).toEqual(['pass', 'pass', 'fail', 'fail']);
  const failed = judged.at(-1)!;
  expect(failed).toMatchObject({ count: COUNT });
  expect(recompute((await findings.inputs(failed.id))!)).toEqual(failed);
  const others = await findings.list({ model, detector: 'score_drift', state: 'fail', limit: 100 });
  expect(new Set(others.map(({ subject }) => subject))).toEqual(new Set(['score of class gold']));
});

it('predictions without any scores say nothing of a class', async () => {
  const judged = await judgedOf('no scores at all');
  expect(judged.map(({ state }) => state)).toEqual(['pass', 'pass', 'insufficient', 'insufficient']);
});

it('one that was hardly ever given may be gone by chance', async () => {
  const judged = await judgedOf('a rare one');
  expect(judged.map(({ state }) => state)).toEqual(['pass', 'pass', 'pass', 'pass']);
});
