import { Count, DataTable } from '../../elements/data-table.tsx';
import { Link } from 'wouter-preact';
import type { Model } from '../../../daemon/api/contract.ts';
import { Badge } from '../../elements/badge.tsx';
import { Panel } from '../../elements/panel.tsx';
import { When, WhenText } from '../../elements/when.tsx';
import type { ModelView } from '../../model-view.ts';

interface VersionsPanelProps {
  readonly model: Model;
  readonly view: ModelView;
}

/** The versions that answered or were registered, and what they are judged against. */
export function VersionsPanel({ model, view }: VersionsPanelProps) {
  return (
    <Panel title="Versions and reference" note={<ReferenceNote model={model} />}>
      <DataTable heads={['Version', '#Predictions', 'First', 'Newest', 'Artifact', 'Show']}>
        {model.versions.map((version) => (
          <tr key={version.version}>
            <th scope="row">{version.version}</th>
            <Count value={version.predictions} />
            <td>
              <WhenText time={version.first_seen} none="never answered" />
            </td>
            <td>
              <WhenText time={version.last_seen} as="ago" />
            </td>
            <td>{version.registered ? <Badge tone="info">registered</Badge> : 'not registered'}</td>
            <td>
              <button type="button" class="link" onClick={() => view.change({ version: version.version })}>
                only this
              </button>
            </td>
          </tr>
        ))}
      </DataTable>
      <p class="note links">
        <Link href="/rollouts">Rollouts</Link>
        <Link href="/replays">Replays</Link>
        <Link href="/retrainings">Retrainings</Link>
      </p>
    </Panel>
  );
}

function ReferenceNote({ model }: { readonly model: Model }) {
  const { reference } = model;
  if (reference === null) return <>No reference yet: the first full windows of {model.window} become it.</>;
  return (
    <>
      Judged against <When ms={Date.parse(reference.from)} /> – <When ms={Date.parse(reference.to)} /> UTC
      {reference.version !== null && `, version ${reference.version}`},{' '}
      {reference.pinned ? 'pinned by hand' : 'taken from the first full windows'}
    </>
  );
}
