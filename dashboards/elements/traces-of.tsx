import { Link } from 'wouter-preact';
import type { Finding } from '../../daemon/api/contract.ts';
import { linkPath } from '../subject-path.ts';

/** The very transactions behind a finding about an operation: the slowest and the failed ones. Nothing for any other. */
export function TracesOf({ finding: { links } }: { readonly finding: Pick<Finding, 'links'> }) {
  const { slowest_traces: slowest, failing_traces: failing } = links;
  if (slowest === undefined || failing === undefined) return null;
  return (
    <span class="links">
      <Link href={linkPath(slowest)}>Slowest traces</Link>
      <Link href={linkPath(failing)}>Failing traces</Link>
    </span>
  );
}
