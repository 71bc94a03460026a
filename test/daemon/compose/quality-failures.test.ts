import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Alerts } from '../../../daemon/alerts/alerts.ts';
import { qualityFailures } from '../../../daemon/compose/quality-failures.ts';
import { openTestAlerts } from '../../support/open-alerts.ts';
import { SetClock } from '../../support/temporary-ingest.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { finding } from '../alerts/example-finding.ts';

const MINUTE = 60_000;
const clock = new SetClock(Date.UTC(2026, 0, 1, 1));

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let alerts: Alerts;
beforeAll(async () => {
  opened = await temporaryStore();
  alerts = await openTestAlerts({ store: opened.store, clock });
});
afterAll(async () => {
  await alerts.close();
  await opened.remove();
});

it('are those of an alert that is about to fire as well, until somebody has looked at it', async () => {
  const broken = finding({ detector: 'missing_share', judgedAt: clock.time });
  await alerts.observe([
    broken,
    finding({ id: 'drift', judgedAt: clock.time }),
    finding({ id: 'other', model: 'm', detector: 'missing_share' }),
  ]);
  expect((await alerts.list()).map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
  expect(await qualityFailures(alerts, broken.model)).toEqual([expect.stringContaining('amount')]);
  clock.time += 2 * MINUTE;
  await alerts.observe([{ ...broken, judgedAt: clock.time }]);
  const [fired] = await alerts.list('firing');
  expect(await qualityFailures(alerts, broken.model)).toHaveLength(1);
  await alerts.acknowledge(fired!.id, 'ann');
  expect(await qualityFailures(alerts, broken.model)).toEqual([]);
});
