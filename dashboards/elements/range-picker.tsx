import { useState } from 'preact/hooks';
import { rfc3339, utcSpan } from '../format-time.ts';
import { parseRange, PRESETS, type Span, type TimeRange } from '../time-range.ts';

interface RangePickerProps {
  readonly range: TimeRange;
  /** What the range means now. */
  readonly span: Span;
  readonly onChange: (range: TimeRange) => void;
}

/** Which time is looked at: a stretch up to now, everything, or two times in UTC. */
export function RangePicker({ range, span, onChange }: RangePickerProps) {
  const [open, setOpen] = useState(false);
  const chosen = range.kind === 'last' ? range.name : range.kind;
  const names = chosen !== 'all' && chosen !== 'custom' && !isPreset(chosen) ? [...PRESETS, chosen] : PRESETS;
  return (
    <div class="range" role="group" aria-label="Time range">
      {[...names, 'all'].map((name) => (
        <button
          key={name}
          type="button"
          class="range-button"
          aria-pressed={chosen === name}
          onClick={() => onChange(parseRange(new URLSearchParams({ range: name }), range))}
        >
          {name === 'all' ? 'all' : `last ${name}`}
        </button>
      ))}
      <button
        type="button"
        class="range-button"
        aria-pressed={chosen === 'custom'}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {range.kind === 'custom' ? utcSpan(range.from, range.to) : 'custom…'}
      </button>
      {open && <CustomRange span={span} onChange={(next) => (setOpen(false), onChange(next))} />}
    </div>
  );
}

function isPreset(name: string): boolean {
  return PRESETS.some((preset) => preset === name);
}

function CustomRange({ span, onChange }: { span: Span; onChange: (range: TimeRange) => void }) {
  const [from, setFrom] = useState(minute(span.from));
  const [to, setTo] = useState(minute(span.to));
  const wrong = !(Date.parse(`${from}Z`) < Date.parse(`${to}Z`));
  return (
    <form
      class="range-custom"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) onChange({ kind: 'custom', from: Date.parse(`${from}Z`), to: Date.parse(`${to}Z`) });
      }}
    >
      <label>
        From (UTC)
        <input type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        To (UTC)
        <input type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={wrong}>
        Show
      </button>
      {wrong && <span role="alert">The end must be after the start.</span>}
    </form>
  );
}

function minute(ms: number): string {
  return rfc3339(ms).slice(0, 16);
}
