import type { Replay } from '../../../daemon/api/contract.ts';
import { Panel } from '../../elements/panel.tsx';
import { useModel } from '../../model-view.ts';
import { FlipExamples } from './flip-examples.tsx';
import { Why } from './why.tsx';

/** Why two models decide differently, and on which predictions, of a replay or of a live shadow. */
export function FlipReasons({
  of,
}: {
  readonly of: Pick<Replay, 'model' | 'attribution' | 'explained' | 'examples' | 'classes'>;
}) {
  const unit = useModel(of.model).data?.value_unit ?? '';
  return (
    <>
      <Panel
        title="Why"
        note="Flips that go away, and how far scores move back, when one feature is replaced by that of other predictions; features that act together are each credited"
      >
        <Why of={of} />
      </Panel>
      <Panel title="Dearest flips" note={`Most money at stake, at most ${of.classes ? 'twenty' : 'ten each way'}`}>
        <FlipExamples model={of.model} examples={of.examples} ofClasses={of.classes?.examples} unit={unit} />
      </Panel>
    </>
  );
}
