import type { NewSegment } from '../store/new-segments.ts';

/** Predictions read in one statement. */
const PAGE_ROWS = 32_768;

/** The first segments, as long as they are `wanted`, and the others; a segment with several versions is not cut apart. */
export function cutAfter(
  pending: readonly NewSegment[],
  wanted: (segment: NewSegment) => boolean,
  took: (segment: NewSegment) => void = () => undefined,
): [NewSegment[], NewSegment[]] {
  let end = 0;
  for (const [at, segment] of pending.entries()) {
    if (segment.segment !== pending[at - 1]?.segment && !wanted(segment)) break;
    took(segment);
    end = at + 1;
  }
  return [pending.slice(0, end), pending.slice(end)];
}

/** Segments in statements of about a page, each of one version. */
export function byVersion(due: readonly NewSegment[]): NewSegment[][] {
  const groups: { segments: NewSegment[]; rows: number }[] = [];
  const ordered = [...due].sort((a, b) => a.version.localeCompare(b.version) || a.segment - b.segment);
  for (const segment of ordered) {
    let last = groups.at(-1);
    if (last === undefined || last.segments[0]?.version !== segment.version || last.rows + segment.count > PAGE_ROWS)
      groups.push((last = { segments: [], rows: 0 }));
    last.segments.push(segment);
    last.rows += segment.count;
  }
  return groups.map(({ segments }) => segments);
}
