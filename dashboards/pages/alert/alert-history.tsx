import type { AlertDetail } from '../../../daemon/api/contract.ts';
import { StateBadge } from '../../elements/badge.tsx';
import { Panel } from '../../elements/panel.tsx';
import { When, WhenText } from '../../elements/when.tsx';

/** Every step of an alert's life, and who was told. */
export function AlertHistory({ alert }: { readonly alert: AlertDetail }) {
  const changes = [...alert.changes].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <div class="columns">
      <Panel title="History" note="Newest first">
        {changes.length === 0 && <p class="empty">No change yet.</p>}
        <ol class="findings">
          {changes.map((change) => (
            <li key={change.at + change.to}>
              <StateBadge state={change.to} />
              <div>
                <p class="sentence">{change.reason}</p>
                <p class="note">
                  was {change.from} until <When ms={Date.parse(change.at)} /> UTC
                </p>
              </div>
            </li>
          ))}
        </ol>
      </Panel>
      <Panel title="Who was told">
        {alert.deliveries.length === 0 ? (
          <p class="empty">Nobody was told of this alert. Channels are set in serin.yaml under alerts.</p>
        ) : (
          <ol class="findings">
            {alert.deliveries.map((delivery) => (
              <li key={delivery.id}>
                <StateBadge state={delivery.state} />
                <div>
                  <p class="sentence">
                    {delivery.channel}: {delivery.subject}
                  </p>
                  <p class="note">
                    <WhenText time={delivery.delivered_at ?? delivery.created_at} /> UTC, attempt {delivery.attempts}
                    {delivery.error !== null && ` · ${delivery.error}`}
                  </p>
                </div>
              </li>
            ))}
          </ol>
        )}
      </Panel>
    </div>
  );
}
