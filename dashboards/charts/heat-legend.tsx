const STEPS = [
  ['pass-0', 'far below its limit'],
  ['pass-1', ''],
  ['pass-2', ''],
  ['pass-3', 'close to it'],
  ['fail-0', 'over the limit'],
  ['fail-1', '1.5 times'],
  ['fail-2', '3 times and more'],
  ['insufficient', 'too little data'],
  ['none', 'not judged'],
] as const;

/** What the colours of the heat map mean. */
export function HeatLegend() {
  return (
    <ul class="heat-legend" aria-label="Colours">
      {STEPS.map(([step, words]) => (
        <li key={step}>
          <i class={`swatch swatch-${step}`} />
          {words}
        </li>
      ))}
    </ul>
  );
}
