import type { Model } from '../daemon/api/contract.ts';
import { pagePath, type Query } from './api-path.ts';
import { askedVersion } from './versions.ts';

/** What a detector judged, and when: a finding, or the alert that came of it. */
export interface Judged {
  readonly model: string;
  readonly version: string;
  readonly slice: string;
  readonly detector: string;
  readonly feature?: string | undefined;
  readonly window?: { readonly from: string; readonly to: string } | undefined;
}

export type SubjectKind = 'feature' | 'score' | 'operation' | 'model';

const KINDS: readonly SubjectKind[] = ['feature', 'score', 'operation', 'model'];

/** What a detector of the model judges. Without the model: what the finding itself lets one think. */
export function subjectKind(judged: Judged, model: Pick<Model, 'detectors'> | undefined): SubjectKind {
  const declared = model?.detectors.find(({ detector }) => detector === judged.detector)?.subject;
  return KINDS.find((kind) => kind === declared) ?? (judged.feature ? 'feature' : 'model');
}

/** The page that shows what a finding is about, at the time it is about, or another time as the page's query. */
export function subjectPath(judged: Judged, kind: SubjectKind, time: Query = windowOf(judged)): string {
  const cut = {
    version: askedVersion(judged.version),
    slice: judged.slice === 'all' ? undefined : judged.slice,
    ...time,
  };
  if (kind === 'feature') return pagePath(['models', judged.model, 'features', judged.feature ?? ''], cut);
  if (kind === 'score') return pagePath(['models', judged.model, 'score'], cut);
  if (kind === 'model') return pagePath(['models', judged.model], cut);
  return pagePath(['models', judged.model, 'traces'], { ...operationOf(judged.feature ?? ''), ...time });
}

function windowOf({ window }: Judged): Query {
  return { from: window?.from, to: window?.to };
}

/** Service and operation out of `service/operation`; an operation may hold further slashes (`POST /score`). */
export function operationOf(subject: string): { service: string; operation: string | undefined } {
  const slash = subject.indexOf('/');
  if (slash < 0) return { service: subject, operation: undefined };
  return { service: subject.slice(0, slash), operation: subject.slice(slash + 1) };
}
