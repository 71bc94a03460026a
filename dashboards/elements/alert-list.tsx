import { Link } from 'wouter-preact';
import type { Alert } from '../../daemon/api/contract.ts';
import { groupAlerts, type AlertGroup } from '../alert-groups.ts';
import { pagePath } from '../api-path.ts';
import { versionWords } from '../versions.ts';
import { StateBadge } from './badge.tsx';
import { When } from './when.tsx';

interface AlertListProps {
  readonly alerts: readonly Alert[];
  /** How many groups are listed. */
  readonly most?: number;
}

/** Alerts in sentences, one for each thing that is wrong, with what was done about it. */
export function AlertList({ alerts, most = 50 }: AlertListProps) {
  const groups = groupAlerts(alerts);
  return (
    <>
      <ul class="findings">
        {groups.slice(0, most).map((group) => (
          <Group key={group.worst.id} group={group} />
        ))}
      </ul>
      {groups.length > most && <p class="note">and {groups.length - most} more</p>}
    </>
  );
}

function Group({ group: { worst, others } }: { readonly group: AlertGroup }) {
  return (
    <li>
      <StateBadge state={worst.state} />
      <div>
        <p class="sentence">
          <Link href={pagePath(['alerts', worst.id])}>
            {worst.model}
            {worst.feature && `: ${worst.feature}`}
          </Link>{' '}
          — {worst.reason}
          {worst.impact && `; ${worst.impact.says}`}
        </p>
        <p class="note">
          {worst.detector} · {worst.slice} · {versionWords(worst.version)} · since <When ms={Date.parse(worst.since)} />
          {worst.acknowledged_by && ` · acknowledged by ${worst.acknowledged_by}`}
          {worst.silenced && ' · silenced'}
          {worst.state === 'firing' && !worst.delivered && !worst.silenced && ' · nobody was told yet'}
        </p>
        {others.length > 0 && <Others alerts={others} />}
      </div>
    </li>
  );
}

function Others({ alerts }: { readonly alerts: readonly Alert[] }) {
  return (
    <details class="note">
      <summary>and {alerts.length} more of the same</summary>
      <p class="links">
        {alerts.map((alert) => (
          <Link key={alert.id} href={pagePath(['alerts', alert.id])} title={alert.reason}>
            {alert.detector} in {alert.slice}
          </Link>
        ))}
      </p>
    </details>
  );
}
