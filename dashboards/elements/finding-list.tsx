import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { FindingList as Found } from '../../daemon/api/contract.ts';
import { millis, utcSpan } from '../format-time.ts';
import { subjectPath } from '../subject-path.ts';
import { versionWords } from '../versions.ts';
import { StateBadge } from './badge.tsx';
import { TracesOf } from './traces-of.tsx';

interface FindingListProps {
  readonly findings: readonly Found['findings'][number][];
  /** How many are listed at first. */
  readonly most?: number;
}

const MORE = 50;

/** Findings as the sentences that they are. */
export function FindingList({ findings, most = 30 }: FindingListProps) {
  const [shown, setShown] = useState(most);
  const more = findings.length - shown;
  return (
    <>
      <ol class="findings">
        {findings.slice(0, shown).map((finding) => (
          <li key={finding.id}>
            <StateBadge state={finding.state} />
            <div>
              <p class="sentence">
                {finding.feature && <Link href={subjectPath(finding)}>{finding.feature}</Link>}
                {finding.feature && ' — '}
                {finding.reason}
                {finding.impact && `; ${finding.impact.says}`}
              </p>
              <p class="note">
                {finding.detector} · {finding.slice} · {versionWords(finding.version)} ·{' '}
                {utcSpan(millis(finding.window.from), millis(finding.window.to))} UTC
                {!finding.final && ' · the window is still open'}
                {finding.inhibited_by !== undefined && ' · explained by the quality of the data, nobody is told'}
                <TracesOf finding={finding} />
              </p>
            </div>
          </li>
        ))}
      </ol>
      {more > 0 && (
        <button type="button" class="more" onClick={() => setShown(shown + MORE)}>
          Show {Math.min(more, MORE)} more of {findings.length}
        </button>
      )}
    </>
  );
}
