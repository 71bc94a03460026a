import { impactSize } from '../../detectors/impact-size.ts';
import { rankByImpact } from '../../detectors/rank-by-impact.ts';
import type { Finding, Impact } from '../../detectors/terms.ts';
import type { FoundFinding } from '../api/parts.ts';

/** Findings with what is known of their impact; those that begin at the same time in its order. */
export function rankFindings(
  findings: readonly Finding[],
  impactOf: (finding: Finding) => Impact | undefined,
): FoundFinding[] {
  const windows = new Map<number, FoundFinding[]>();
  for (const finding of findings) {
    const window = windows.get(finding.window.from) ?? [];
    windows.set(finding.window.from, window);
    window.push({ ...finding, impact: impactOf(finding) });
  }
  return [...windows.values()].flatMap((window) => rankByImpact(window, ({ impact }) => impact && impactSize(impact)));
}
