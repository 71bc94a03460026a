import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alerts } from '../../../daemon/alerts/alerts.ts';
import { ingestFindings } from '../../../daemon/compose/ingest-findings.ts';
import { OVERFLOWS } from '../../../daemon/ingest/rollups/overflows.ts';
import { openTestAlerts } from '../../support/open-alerts.ts';
import { SetClock } from '../../support/temporary-ingest.ts';
import { temporaryStore } from '../../support/temporary.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 5, 1, 12);
const NOTHING_ASIDE = { segments: 0, rows: {} };

describe('what the intake has to tell people', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let alerts: Alerts;
  const clock = new SetClock(NOON);
  beforeAll(async () => {
    opened = await temporaryStore();
    alerts = await openTestAlerts({ store: opened.store, clock });
  });
  afterAll(async () => {
    await alerts.close();
    await opened.remove();
  });
  const states = async (): Promise<string[]> =>
    (await alerts.list()).map(({ model, subject, state }) => `${model}: ${subject} ${state}`).sort();

  it('becomes an alert while names go beyond a limit, which is resolved when they no longer do', async () => {
    const flood = { kind: 'operations', owner: 'checkout', times: 5, lastAt: NOON } as const;
    const tick = async (minutes: number, lastAt: number): Promise<void> => {
      clock.time = NOON + minutes * MINUTE;
      await alerts.observe(ingestFindings({ overflows: [{ ...flood, lastAt }], setAside: NOTHING_ASIDE }, clock.time));
      await alerts.deliver();
    };
    await tick(0, NOON);
    expect(await states()).toEqual(['serin: operations of checkout pending']);
    await tick(2, NOON + 2 * MINUTE);
    expect(await states()).toEqual(['serin: operations of checkout firing']);
    for (const minutes of [13, 16, 19]) await tick(minutes, NOON + 2 * MINUTE);
    expect(await states()).toEqual(['serin: operations of checkout resolved']);
  });

  it('becomes an alert while segments are set aside, with the way out in its reason', async () => {
    const setAside = { segments: 2, rows: { labels: 40, predictions: 1 } };
    for (const minutes of [30, 32]) {
      clock.time = NOON + minutes * MINUTE;
      await alerts.observe(ingestFindings({ overflows: [], setAside }, clock.time));
    }
    const [alert] = await alerts.list('firing');
    expect(alert).toMatchObject({ model: 'serin', detector: 'store_refusal', statistic: 2 });
    expect(alert!.reason).toMatch(/2 segments.*40 rows of labels, 1 rows of predictions.*serin retry/);
  });

  it('goes to the model whose names they are, and to the daemon where it is no one model', () => {
    const overflows = OVERFLOWS.map((kind) => ({ kind, owner: 'fraud', times: 3, lastAt: NOON }));
    const found = ingestFindings({ overflows, setAside: NOTHING_ASIDE }, NOON + MINUTE);
    expect(found.filter(({ model }) => model === 'fraud').map(({ subject }) => subject)).toEqual([
      'features',
      'slices',
      'categories',
    ]);
    expect(found.filter(({ state }) => state === 'fail')).toHaveLength(OVERFLOWS.length);
    for (const { reason, detector } of found) if (detector === 'name_limit') expect(reason).toMatch(/ingest\.max_\w+/);
    expect(ingestFindings({ overflows: [], setAside: NOTHING_ASIDE }, NOON)).toMatchObject([{ state: 'pass' }]);
  });

  it('says what rows hold of a name beyond the limit: as it was sent, but for the sources of labels', () => {
    const overflows = OVERFLOWS.map((kind) => ({ kind, owner: '', times: 3, lastAt: NOON }));
    const found = ingestFindings({ overflows, setAside: NOTHING_ASIDE }, NOON).slice(0, OVERFLOWS.length);
    const asSent = found.filter(({ reason }) => reason.endsWith('its rows are stored as sent'));
    expect(asSent.map(({ subject }) => subject)).not.toContain('sources');
    expect(asSent).toHaveLength(OVERFLOWS.length - 1);
    expect(found.at(-1)!.reason).toBe(
      'more sources of labels than ingest.max_sources allows: what is beyond was counted as "other" 3 times, its labels are stored with that source',
    );
  });
});
