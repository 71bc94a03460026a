import type { Alert, Finding } from '../../daemon/api/contract.ts';
import { MODEL } from '../payments/record.ts';
import { waitUntil } from './wait-until.ts';
import type { LiveWorld, World } from './world.ts';

/** Three things break at once, as they do in life. */
export function breakThings({ service, tell }: LiveWorld): void {
  service.say('break');
  tell.chapter(
    'something breaks: EU sends amounts in cents, "ledger write" gets a slow tail, fraud changes its pattern',
  );
}

/** Findings fail: what moved, where, and by how much. */
export async function waitForFindings(world: LiveWorld, since: number): Promise<void> {
  const { client, tell } = world;
  let failed: readonly Finding[] = [];
  await waitUntil(
    world,
    'findings fail',
    120_000,
    async () => {
      failed = await client.findings({ model: MODEL, state: 'fail', from: new Date(since - 60_000).toISOString() });
      const drifted = failed.some((finding) => finding.feature === 'amount' && finding.slice === 'region=EU');
      const slow = failed.some((finding) => finding.feature?.endsWith('ledger write'));
      return drifted && slow ? true : undefined;
    },
    () => `${failed.length} so far`,
  );
  tell.chapter(`${new Set(failed.map(placeOf)).size} subjects fail, among them`);
  for (const finding of worstOf(failed)) tell.fact(`${placeOf(finding)}: ${finding.reason}`);
}

/** The first alert of the drift becomes pending, then firing. */
export async function waitForAlert(world: World): Promise<void> {
  const { client, tell } = world;
  let alerts: readonly Alert[] = [];
  const alertIn = (state: string) => async (): Promise<Alert | undefined> => {
    alerts = (await client.alerts()).filter((alert) => alert.model === MODEL);
    const found = alerts.filter((alert) => alert.state === state);
    return found.find((alert) => alert.feature === 'amount' && alert.slice === 'region=EU') ?? found[0];
  };
  const counted = (): string => `${alerts.length} alerts`;
  const began = await waitUntil(
    world,
    'an alert is pending',
    120_000,
    async () => (await alertIn('pending')()) ?? alertIn('firing')(),
    counted,
  );
  tell.chapter(`alert ${began.state}: ${placeOf(began)}`);
  const firing = await waitUntil(world, 'the alert fires', 120_000, alertIn('firing'), counted);
  const { changes } = await client.alert(firing.id);
  const life = changes.map((change) => `${change.to} at ${change.at.slice(11, 19)}`).join(', ');
  tell.chapter(`alert firing: ${placeOf(firing)} (${life} UTC)`);
}

/** One mail about all of it arrives; somebody reads it and takes over. */
export async function waitForMail(world: World): Promise<void> {
  const { client, mail, tell } = world;
  const file = await waitUntil(world, 'a mail arrives', 120_000, async () => mail.mails[0]);
  const told = await waitUntil(world, 'the alerts are marked as told', 60_000, async () => {
    const delivered = (await client.alerts()).filter((alert) => alert.delivered);
    return delivered.length > 0 ? delivered : undefined;
  });
  tell.chapter(`one mail about ${told.length} alerts: ${file}`);
}

/**
 * Somebody on call acknowledges what is wrong with the data. Until then no verdict is given: what was measured on bad
 * data could not be trusted.
 */
export async function acknowledgeAlerts({ client }: World): Promise<number> {
  const open = (await client.alerts()).filter((alert) => alert.state === 'firing' && alert.acknowledged_by === null);
  for (const alert of open) await client.acknowledge(alert.id, 'on-call (demo)');
  return open.length;
}

/** The most telling findings: one a detector, the furthest beyond its limit. */
function worstOf(findings: readonly Finding[]): Finding[] {
  const worst = new Map<string, Finding>();
  for (const finding of findings) {
    const known = worst.get(finding.detector);
    if (known === undefined || excessOf(finding) > excessOf(known)) worst.set(finding.detector, finding);
  }
  return [...worst.values()].slice(0, 6);
}

function placeOf({ detector, feature, slice }: Finding | Alert): string {
  return [detector, feature ?? 'the model', slice].join(' · ');
}

function excessOf({ statistic, limit }: Finding): number {
  return Math.abs((statistic ?? 0) / (limit ?? 1));
}
