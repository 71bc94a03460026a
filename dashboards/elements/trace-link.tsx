import { Link } from 'wouter-preact';
import { pagePath } from '../api-path.ts';

interface TraceLinkProps {
  readonly model: string;
  /** Empty where none was recorded. */
  readonly traceId: string;
}

/** A trace by the beginning of its id, leading to its spans. */
export function TraceLink({ model, traceId }: TraceLinkProps) {
  if (traceId === '') return <>–</>;
  return (
    <Link href={pagePath(['models', model, 'traces', traceId])} title={traceId}>
      <code>{traceId.slice(0, 16)}</code>
    </Link>
  );
}
