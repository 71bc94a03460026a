import type { Distribution } from '../../../daemon/api/contract.ts';
import { histogramBars, type Bars } from '../../charts/bars.ts';
import { CategoryChart } from '../../charts/category-chart.tsx';
import { categoryShares } from '../../charts/category-shares.ts';
import { HistogramChart } from '../../charts/histogram-chart.tsx';
import { DataDetails } from '../../elements/data-details.tsx';
import { Empty } from '../../elements/loaded.tsx';
import { formatNumber, formatShare } from '../../format-number.ts';

const BARS = 48;
const MOST_CATEGORIES = 12;

interface DistributionPictureProps {
  readonly distribution: Pick<Distribution, 'current' | 'expected'>;
  /** What the numbers are. */
  readonly unit: string;
}

/** Reference against window: numbers as steps over one another, categories as pairs of bars, or both. */
export function DistributionPicture({ distribution, unit }: DistributionPictureProps) {
  const { current, expected } = distribution;
  const bars = histogramBars(current.bins, expected?.bins ?? [], BARS);
  const categories = categoryShares(current, expected, MOST_CATEGORIES);
  if (!bars && categories.length === 0) {
    return <Empty>{current.count === 0 ? 'No record in this range.' : 'No record of this range has a value.'}</Empty>;
  }
  return (
    <div>
      {bars && <Numbers bars={bars} unit={unit} />}
      {categories.length > 0 && <CategoryChart shares={categories} caption={`Categories of ${unit}`} />}
    </div>
  );
}

function Numbers({ bars, unit }: { readonly bars: Bars; readonly unit: string }) {
  const { outside } = bars;
  return (
    <figure class="chart">
      <HistogramChart bars={bars} unit={unit} label={describe(bars, unit)} />
      <figcaption class="note">
        Share of records by value
        {Math.max(outside.current, outside.expected) > 5e-4 &&
          `; beyond the edges lie ${formatShare(outside.current)} of the window and ${formatShare(outside.expected)} of the reference`}
      </figcaption>
      <DataDetails
        caption={`Shares of ${unit}`}
        head={['From', 'To', 'Reference', 'Window']}
        rows={() =>
          bars.bars.map((bar) => [
            formatNumber(bar.low),
            formatNumber(bar.high),
            formatShare(bar.expected),
            formatShare(bar.current),
          ])
        }
      />
    </figure>
  );
}

function describe(bars: Bars, unit: string): string {
  const peak = (side: 'current' | 'expected') => {
    const top = bars.bars.reduce((a, b) => (b[side] > a[side] ? b : a));
    return `${formatNumber(top.low)} to ${formatNumber(top.high)} (${formatShare(top[side])})`;
  };
  return `Histogram of ${unit} from ${formatNumber(bars.domain[0])} to ${formatNumber(bars.domain[1])}, ${bars.kind} axis. Most of the window lies at ${peak('current')}, most of the reference at ${peak('expected')}.`;
}
