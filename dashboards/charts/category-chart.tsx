import { formatShare, formatSigned } from '../format-number.ts';
import type { CategoryShare } from './category-shares.ts';

const WIDTH = 100;

/** Categories as pairs of bars, reference above window: a table, so that it reads as one too. */
export function CategoryChart({
  shares,
  caption,
}: {
  readonly shares: readonly CategoryShare[];
  readonly caption: string;
}) {
  const most = Math.max(...shares.flatMap(({ current, expected }) => [current ?? 0, expected ?? 0]), 1e-9);
  return (
    <table class="categories">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Category</th>
          <th scope="col">
            <span class="unseen">Bars</span>
          </th>
          <th scope="col" class="number">
            Reference
          </th>
          <th scope="col" class="number">
            Window
          </th>
          <th scope="col" class="number">
            Change
          </th>
        </tr>
      </thead>
      <tbody>
        {shares.map(({ value, current, expected }) => (
          <tr key={value}>
            <th scope="row">{value === '' ? '(empty text)' : value}</th>
            <td class="pair">
              <svg viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
                <rect class="hist-expected" x={0} y={1} height={5} width={((expected ?? 0) / most) * WIDTH} />
                <rect class="hist-current-solid" x={0} y={8} height={5} width={((current ?? 0) / most) * WIDTH} />
              </svg>
            </td>
            <td class="number">{formatShare(expected)}</td>
            <td class="number">{formatShare(current)}</td>
            <td class="number">
              {current === null || expected === null ? '–' : formatSigned(current - expected, formatShare)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
