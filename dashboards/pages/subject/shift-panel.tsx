import type { Model, Shift } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { DataTable } from '../../elements/data-table.tsx';
import { Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { formatCount, formatShare } from '../../format-number.ts';
import { useLive } from '../../live.ts';
import type { ModelView } from '../../model-view.ts';

interface ShiftPanelProps {
  readonly model: Model;
  readonly view: ModelView;
  readonly kind: 'feature' | 'score';
  readonly feature: string;
}

const EVERY_MS = 60_000;
const MOST = 10;

/** Which part of the traffic the shift comes from, whether it is configured as a slice or not. */
export function ShiftPanel({ model, view, kind, feature }: ShiftPanelProps) {
  const live = useLive(
    `shift ${model.model} ${kind} ${feature} ${view.key}`,
    () => {
      const { from, to } = view.ask();
      return api.shift(model.model, { kind, feature, from, to });
    },
    EVERY_MS,
  );
  return (
    <Panel title="Where the shift comes from" note={live.data && noteOf(live.data)}>
      <Loaded live={live} empty={whyEmpty} rows={3}>
        {(shift) => (
          <DataTable
            heads={['Slice', '#Of the shift', '#95 % interval', '#Of the traffic', '#In the reference']}
            label="Slices that carry the shift"
          >
            {shift.slices.slice(0, MOST).map(({ slice, share, interval: [low, high], traffic, traffic_before }) => (
              <tr key={slice}>
                <th scope="row">{slice}</th>
                <td class="number">{formatShare(share)}</td>
                <td class="number">
                  {formatShare(low)} to {formatShare(high)}
                </td>
                <td class="number">{formatShare(traffic)}</td>
                <td class="number">{formatShare(traffic_before)}</td>
              </tr>
            ))}
          </DataTable>
        )}
      </Loaded>
    </Panel>
  );
}

function noteOf({ searched, rows }: Shift): string {
  return `Of ${formatCount(searched)} slices by tag, category and quarters of numbers, those that carry more of it than of the traffic; ${formatCount(rows.window)} predictions against ${formatCount(rows.reference)}`;
}

function whyEmpty({ reference, rows, shifted, slices }: Shift): string | null {
  if (reference === null) return 'There is no reference yet.';
  if (rows.window === 0) return 'No prediction in this range.';
  if (rows.reference === 0) return 'No prediction of the reference is stored.';
  if (!shifted) return 'Nothing shifted beyond what chance does.';
  return slices.length === 0 ? 'No slice stands out: the shift is everywhere.' : null;
}
