import type { Finding } from '../../detectors/terms.ts';
import { worstFirst } from './severity.ts';

/**
 * Of findings about one thing (model, detector, slice, subject), the one that an alert goes by, or undefined where none
 * had enough data.
 *
 * Per version the newest with enough data counts, final or not. A version is live while it has a finding, of any state,
 * for the newest window; while several are live, as in a rollout, a failing one counts before a passing one.
 */
export function newestEvidence(findings: readonly Finding[]): Finding | undefined {
  const newestWindow = Math.max(...findings.map((finding) => finding.window.to));
  const candidates: Finding[] = [];
  for (const version of new Set(findings.map((finding) => finding.version))) {
    const own = findings.filter((finding) => finding.version === version).sort(newestFirst);
    if (own[0]?.window.to !== newestWindow) continue;
    const sufficient = own.find((finding) => finding.state !== 'insufficient');
    if (sufficient !== undefined) candidates.push(sufficient);
  }
  const failing = candidates.filter((finding) => finding.state === 'fail').sort(worstFirst);
  return failing[0] ?? candidates.sort(newestFirst)[0];
}

/**
 * Whether `finding` says nothing newer than `known`: its window had ended before, or it is an earlier judgement. What is
 * known of a time that lies ahead was told by a clock that was set back since: it makes nothing outdated.
 */
export function isOutdated(finding: Finding, known: Finding, now: number): boolean {
  if (finding.window.to <= known.window.from && known.window.from <= now) return true;
  return finding.judgedAt < known.judgedAt && known.judgedAt <= now;
}

function newestFirst(a: Finding, b: Finding): number {
  return b.window.to - a.window.to || b.judgedAt - a.judgedAt;
}
