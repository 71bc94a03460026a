import type { Histogram } from '../../detectors/terms.ts';
import type { Findings } from '../store/findings.ts';

/** The distributions that a stored finding was judged on; undefined where it was judged on something else. */
export async function distributionsBehind(
  findings: Findings,
  id: string,
): Promise<{ readonly reference: Histogram | null; readonly window: Histogram } | undefined> {
  const inputs = await findings.inputs(id);
  if (inputs === undefined || !('missing' in inputs.window)) return undefined;
  const reference = inputs.reference !== null && 'missing' in inputs.reference ? inputs.reference : null;
  return { reference, window: inputs.window };
}
