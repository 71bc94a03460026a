import { Link } from 'wouter-preact';
import type { Alert } from '../../daemon/api/contract.ts';
import { pagePath } from '../api-path.ts';
import { versionWords } from '../versions.ts';
import { StateBadge } from './badge.tsx';
import { When } from './when.tsx';

/** An alert in a sentence, with what was done about it. */
export function AlertSentence({ alert }: { readonly alert: Alert }) {
  return (
    <li>
      <StateBadge state={alert.state} />
      <div>
        <p class="sentence">
          <Link href={pagePath(['alerts', alert.id])}>
            {alert.model}
            {alert.feature && `: ${alert.feature}`}
          </Link>{' '}
          — {alert.reason}
        </p>
        <p class="note">
          {alert.detector} · {alert.slice} · {versionWords(alert.version)} · since <When ms={Date.parse(alert.since)} />
          {alert.acknowledged_by && ` · acknowledged by ${alert.acknowledged_by}`}
          {alert.silenced && ' · silenced'}
          {alert.state === 'firing' && !alert.delivered && !alert.silenced && ' · nobody was told yet'}
        </p>
      </div>
    </li>
  );
}
