import type { Model } from '../../daemon/api/contract.ts';
import type { ModelView } from '../model-view.ts';
import { useSlices } from '../use-slices.ts';
import { Choice } from './choice.tsx';
import { RangePicker } from './range-picker.tsx';

/** Version, slice and time: what of the model the page below shows. */
export function ViewBar({ model, view }: { readonly model: Model | undefined; readonly view: ModelView }) {
  const slices = useSlices(model);
  const versions = model?.versions.map(({ version }) => ({ value: version, label: version })) ?? [];
  return (
    <div class="view-bar">
      <RangePicker range={view.range} span={view.span} onChange={view.setRange} />
      <Choice
        label="Version"
        value={view.version}
        options={[{ value: '', label: 'all versions' }, ...versions]}
        onChange={(version) => view.change({ version })}
      />
      {(slices.length > 1 || view.slice !== 'all') && (
        <Choice
          label="Slice"
          value={view.slice}
          options={slices.map((slice) => ({ value: slice, label: slice === 'all' ? 'all traffic' : slice }))}
          onChange={(slice) => view.change({ slice: slice === 'all' ? '' : slice })}
        />
      )}
    </div>
  );
}
