import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { DataDetails } from '../elements/data-details.tsx';
import { utc } from '../format-time.ts';
import { useCell } from '../cell.ts';
import { paint } from '../theme.ts';
import { describeLines } from './describe-lines.ts';
import { timeOptions, type TimePicture } from './time-options.ts';
import { useWidth } from './use-width.ts';

const HEIGHT = 190;

/** Lines over time with units on both axes; dragging over it chooses that stretch of time. */
export function TimeChart(picture: TimePicture) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const [cursor, setCursor] = useState<number | null>(null);
  usePlot(ref, width, picture, setCursor);
  const summary = describeLines(picture);
  return (
    <figure class="chart">
      <figcaption>
        <h3>{picture.title}</h3>
        <Readout picture={picture} cursor={cursor} />
      </figcaption>
      <div class="plot" ref={ref} role="img" aria-label={summary} />
      <DataDetails
        caption={picture.title}
        head={['Time (UTC)', ...picture.lines.map((line) => `${line.label} (${picture.unit})`)]}
        rows={() =>
          picture.at.map((at, i) => [
            utc(at * 1000),
            ...picture.lines.map((line) => picture.format(line.values[i] ?? null)),
          ])
        }
      />
    </figure>
  );
}

/** The values under the cursor, or the newest ones. */
function Readout({ picture, cursor }: { picture: TimePicture; cursor: number | null }) {
  return (
    <dl class="readout">
      <div class="readout-time">
        <dt class="unseen">Time</dt>
        <dd>{cursor === null ? 'newest' : utc((picture.at[cursor] ?? 0) * 1000)}</dd>
      </div>
      {picture.lines.map((line) => (
        <div key={line.label}>
          <dt>
            <i class={`key key-${line.colour}`} />
            {line.label}
          </dt>
          <dd>{picture.format(cursor === null ? newest(line.values) : (line.values[cursor] ?? null))}</dd>
        </div>
      ))}
    </dl>
  );
}

function newest(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

function usePlot(
  ref: { current: HTMLDivElement | null },
  width: number,
  picture: TimePicture,
  onCursor: (index: number | null) => void,
): void {
  const plot = useRef<uPlot | null>(null);
  const newestPicture = useRef(picture);
  newestPicture.current = picture;
  const shape = [picture.unit, ...picture.lines.map((line) => line.label)].join('|');
  const ready = width > 0;
  useEffect(() => {
    if (!ref.current || !ready) return undefined;
    const options = timeOptions(() => newestPicture.current, onCursor);
    const made = new uPlot({ ...options, width, height: HEIGHT }, dataOf(newestPicture.current), ref.current);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [shape, ready]);
  useEffect(() => plot.current?.setData(dataOf(picture)), [picture.at, picture.lines, picture.from, picture.to]);
  useEffect(() => plot.current?.setSize({ width, height: HEIGHT }), [width]);
  const colours = useCell(paint);
  useEffect(() => plot.current?.redraw(false, true), [colours, picture.marks, picture.limit]);
}

function dataOf(picture: TimePicture): uPlot.AlignedData {
  return [[...picture.at], ...picture.lines.map((line) => [...line.values])];
}
