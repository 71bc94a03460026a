import type { Rollout } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { ActionForm, entered } from '../../elements/action-form.tsx';
import { enteredName, NameField } from '../../elements/name-field.tsx';
import { Panel } from '../../elements/panel.tsx';
import { refresh } from '../../live.ts';

/** What a person can do with an open rollout: take the candidate back, or close it. */
export function EndByHand({ rollout }: { readonly rollout: Rollout }) {
  if (rollout.state !== 'open') return null;
  return (
    <Panel title="End it by hand" note="A decision like that of the gate, kept with who and why; there is no way back">
      <div class="actions">
        <End
          rollout={rollout}
          verdict="rollback"
          title="Roll back"
          button="Roll back now"
          done="Rolled back; whatever rolls back is told."
        />
        <End
          rollout={rollout}
          verdict="inconclusive"
          title="Close"
          button="Close without a verdict"
          done="Closed; the candidate stays what it is."
        />
      </div>
    </Panel>
  );
}

interface EndProps {
  readonly rollout: Rollout;
  readonly verdict: 'rollback' | 'inconclusive';
  readonly title: string;
  readonly button: string;
  readonly done: string;
}

function End({ rollout, verdict, ...words }: EndProps) {
  return (
    <ActionForm
      {...words}
      act={async (values) => {
        await api.endRollout(rollout.id, { verdict, by: enteredName(values), reason: entered(values, 'reason') });
        refresh(`rollout ${rollout.id}`);
        refresh(`decisions ${rollout.id}`);
      }}
    >
      <label>
        Why
        <input name="reason" required maxLength={1000} />
      </label>
      <NameField />
    </ActionForm>
  );
}
