import type { AlertDetail } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { ActionForm, entered } from '../../elements/action-form.tsx';
import { enteredName, NameField } from '../../elements/name-field.tsx';
import { Panel } from '../../elements/panel.tsx';
import { rfc3339 } from '../../format-time.ts';
import { refresh } from '../../live.ts';

const HOUR_MS = 3_600_000;
const SILENCES = [1, 4, 24, 168] as const;

interface AlertActionsProps {
  readonly alert: AlertDetail;
}

/** What a person can say of an alert: I have it, be quiet, it was real. */
export function AlertActions({ alert }: AlertActionsProps) {
  return (
    <Panel title="What to do">
      <div class="actions">
        {alert.state !== 'resolved' && <Acknowledge alert={alert} />}
        <Silence alert={alert} />
        <Feedback alert={alert} />
      </div>
    </Panel>
  );
}

function Acknowledge({ alert }: AlertActionsProps) {
  return (
    <ActionForm
      title="Acknowledge"
      button="I have it"
      done="Acknowledged: it is not repeated."
      act={async (values) => {
        await api.acknowledge(alert.id, { by: enteredName(values) });
        changed(alert);
      }}
    >
      <NameField />
    </ActionForm>
  );
}

function Silence({ alert }: AlertActionsProps) {
  return (
    <ActionForm
      title="Silence"
      button="Silence"
      done="Silenced: it is judged and shown as before, but nobody is told."
      act={async (values) => {
        const scope = entered(values, 'scope');
        await api.silence({
          model: alert.model,
          ...(scope === 'model' ? {} : { detector: alert.detector }),
          ...(scope === 'slice' ? { slice: alert.slice } : {}),
          until: rfc3339(Date.now() + Number(entered(values, 'hours')) * HOUR_MS),
          by: enteredName(values),
          reason: entered(values, 'reason'),
        });
        changed(alert);
      }}
    >
      <label>
        What
        <select name="scope">
          <option value="slice">
            {alert.detector} of {alert.model}, slice {alert.slice}
          </option>
          <option value="detector">
            {alert.detector} of {alert.model}, every slice
          </option>
          <option value="model">everything of {alert.model}</option>
        </select>
      </label>
      <label>
        For
        <select name="hours">
          {SILENCES.map((hours) => (
            <option key={hours} value={hours}>
              {hours < 24 ? `${hours} h` : `${hours / 24} d`}
            </option>
          ))}
        </select>
      </label>
      <label>
        Why
        <input name="reason" required maxLength={1000} />
      </label>
      <NameField />
    </ActionForm>
  );
}

function Feedback({ alert }: AlertActionsProps) {
  return (
    <ActionForm
      title="Was it real?"
      button="Say so"
      done="Thank you; it is kept with the alert."
      act={async (values) => {
        const note = entered(values, 'note');
        await api.feedback(alert.id, {
          verdict: entered(values, 'verdict') === 'false' ? 'false' : 'real',
          by: enteredName(values),
          ...(note ? { note } : {}),
        });
        changed(alert);
      }}
    >
      <fieldset>
        <legend class="unseen">Was it real?</legend>
        <label class="inline">
          <input type="radio" name="verdict" value="real" required /> real
        </label>
        <label class="inline">
          <input type="radio" name="verdict" value="false" /> a false alarm
        </label>
      </fieldset>
      <label>
        Note
        <input name="note" maxLength={1000} />
      </label>
      <NameField />
    </ActionForm>
  );
}

function changed(alert: AlertDetail): void {
  refresh(`alert ${alert.id}`);
  refresh('alerts');
}
