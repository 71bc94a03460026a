import type { Finding, Model } from '../daemon/api/contract.ts';
import type { Query } from './api-path.ts';

/** What a detector judged: a finding, or the alert that came of it. */
export interface Judged {
  readonly detector: string;
  readonly feature?: string | undefined;
}

type SubjectKind = 'feature' | 'score' | 'decision' | 'operation' | 'model';

const KINDS: readonly SubjectKind[] = ['feature', 'score', 'decision', 'operation', 'model'];

/** What a detector of the model judges. Without the model: what the finding itself lets one think. */
export function subjectKind(judged: Judged, model: Pick<Model, 'detectors'> | undefined): SubjectKind {
  const declared = model?.detectors.find(({ detector }) => detector === judged.detector)?.subject;
  return KINDS.find((kind) => kind === declared) ?? (judged.feature ? 'feature' : 'model');
}

/**
 * The page that shows what a finding is about, at the time it is about: the daemon says where it leads.
 *
 * @param change of the page's query: another version, another time; what is undefined is left out
 */
export function subjectPath(finding: Pick<Finding, 'links'>, change: Query = {}): string {
  return linkPath(finding.links.subject, change);
}

/** A link of the daemon as a path of this page, which may have been opened at another address than the public one. */
export function linkPath(link: string, change: Query = {}): string {
  const { pathname, searchParams } = new URL(link);
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined || value === '') searchParams.delete(key);
    else searchParams.set(key, String(value));
  }
  const text = searchParams.toString();
  return text === '' ? pathname : `${pathname}?${text}`;
}
