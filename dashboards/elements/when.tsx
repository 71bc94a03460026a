import { useCell } from '../cell.ts';
import { ago, local, rfc3339, utc } from '../format-time.ts';
import { now } from '../now.ts';

interface WhenProps {
  readonly ms: number;
  /** `at`: the UTC time; `ago`: how long since. */
  readonly as?: 'at' | 'ago';
  readonly prefix?: string;
}

/** A moment in UTC; the title says it in the reader's own time. */
export function When({ ms, as = 'at', prefix = '' }: WhenProps) {
  const present = useCell(as === 'ago' ? now : null);
  const title = as === 'ago' ? `${utc(ms)} UTC · ${local(ms)}` : local(ms);
  return (
    <>
      {prefix}
      <time dateTime={rfc3339(ms)} title={title} class="when">
        {present === null ? utc(ms) : ago(ms, present)}
      </time>
    </>
  );
}

/** The same for an RFC 3339 time that may be missing. */
export function WhenText({ time, as, none = '–' }: { time: string | null; as?: 'at' | 'ago'; none?: string }) {
  return time === null ? <>{none}</> : <When ms={Date.parse(time)} {...(as ? { as } : {})} />;
}
