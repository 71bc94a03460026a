import type { Distribution, Model } from '../../../daemon/api/contract.ts';
import { api } from '../../api.ts';
import { histogramBars } from '../../charts/bars.ts';
import { CategoryChart } from '../../charts/category-chart.tsx';
import { categoryShares } from '../../charts/category-shares.ts';
import { HistogramChart } from '../../charts/histogram-chart.tsx';
import { quantile } from '../../charts/quantile.ts';
import { Loaded } from '../../elements/loaded.tsx';
import { Panel } from '../../elements/panel.tsx';
import { formatCount, formatNumber, formatShare } from '../../format-number.ts';
import { useLive } from '../../live.ts';
import type { ModelView } from '../../model-view.ts';
import { useSlices } from '../../use-slices.ts';
import type { Kind } from '../subject-page.tsx';

interface SliceMultiplesProps {
  readonly model: Model;
  readonly view: ModelView;
  readonly kind: Kind;
  readonly feature: string;
}

const MOST_SLICES = 12;
const EVERY_MS = 60_000;

/** The same picture for each slice, small: is it everybody, or only one part of the traffic? */
export function SliceMultiples(props: SliceMultiplesProps) {
  const slices = useSlices(props.model).filter((slice) => slice !== 'all');
  if (slices.length === 0) return null;
  return (
    <Panel
      title="By slice"
      note={
        slices.length > MOST_SLICES ? `The first ${MOST_SLICES} of ${slices.length} slices` : 'Window against reference'
      }
    >
      <div class="multiples">
        {slices.slice(0, MOST_SLICES).map((slice) => (
          <SlicePicture key={slice} {...props} slice={slice} />
        ))}
      </div>
    </Panel>
  );
}

function SlicePicture({ model, view, kind, feature, slice }: SliceMultiplesProps & { readonly slice: string }) {
  const live = useLive(
    `distribution ${model.model} ${kind} ${feature} ${view.key} ${slice}`,
    () => api.distribution(model.model, { ...view.ask(), slice, kind, feature }),
    EVERY_MS,
  );
  return (
    <figure class={`chart multiple${view.slice === slice ? ' chosen' : ''}`}>
      <figcaption>
        <button type="button" class="link" onClick={() => view.change({ slice })}>
          {slice}
        </button>
      </figcaption>
      <Loaded live={live} rows={2}>
        {(distribution) => <Small distribution={distribution} slice={slice} />}
      </Loaded>
    </figure>
  );
}

function Small({ distribution, slice }: { readonly distribution: Distribution; readonly slice: string }) {
  const { current, expected } = distribution;
  if (current.count === 0) return <p class="note">no record in this range</p>;
  const bars = histogramBars(current.bins, expected?.bins ?? [], 28);
  const missing = `${formatCount(current.count)} records, ${formatShare(current.missing / current.count)} missing`;
  if (!bars) return <CategoryChart small shares={categoryShares(current, expected, 4)} caption={slice} />;
  const medians = `median ${formatNumber(quantile(current.bins, 0.5))}, reference ${formatNumber(quantile(expected?.bins ?? [], 0.5))}`;
  return (
    <>
      <HistogramChart bars={bars} unit="" label={`${slice}: ${medians}`} small />
      <p class="note">
        {medians}
        <br />
        {missing}
      </p>
    </>
  );
}
