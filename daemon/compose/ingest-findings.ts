import { createHash } from 'node:crypto';
import { ALL, type Finding } from '../../detectors/terms.ts';

/** What the intake tells of; its `troubles` fit. */
interface Troubles {
  readonly overflows: readonly Overflow[];
  readonly setAside: { readonly segments: number; readonly rows: Readonly<Record<string, number>> };
}

interface Overflow {
  readonly kind: 'services' | 'operations' | 'models' | 'features' | 'slices' | 'categories' | 'sources';
  readonly owner: string;
  readonly times: number;
  readonly lastAt: number;
}

/** Model of what is about the daemon itself, or about no one model. */
const DAEMON = 'serin';
/** An overflow is over when none was seen for this long. */
const OVER_MS = 10 * 60_000;

/** What became of rows beyond most limits. */
const KEPT = 'its rows are stored as sent';

const LIMITS: Readonly<
  Record<
    Overflow['kind'],
    { readonly setting: string; readonly says: (owner: string) => string; readonly rows?: string }
  >
> = {
  services: { setting: 'ingest.max_services', says: () => 'more services' },
  operations: { setting: 'ingest.max_operations', says: (owner) => `more operations of ${owner || 'some services'}` },
  models: { setting: 'ingest.max_versions', says: () => 'more versions of models' },
  features: { setting: 'ingest.max_features', says: (owner) => `more features of ${owner || 'some models'}` },
  slices: { setting: 'ingest.max_slices', says: (owner) => `more slices of ${owner || 'some models'}` },
  categories: {
    setting: 'ingest.max_categories',
    says: (owner) => `more values of a feature of ${owner || 'some models'}`,
  },
  sources: {
    setting: 'ingest.max_sources',
    says: () => 'more sources of labels',
    rows: 'its labels are stored with that source',
  },
};

/**
 * What the intake has to tell people: names beyond a limit, which are counted together as `other`, and segments that
 * the store refuses. In the form of findings, so that they become alerts like any other; they judge no window of a model.
 */
export function ingestFindings(troubles: Troubles, now: number): Finding[] {
  return [...troubles.overflows.map((overflow) => ofOverflow(overflow, now)), ofSetAside(troubles.setAside, now)];
}

function ofOverflow({ kind, owner, times, lastAt }: Overflow, now: number): Finding {
  const { setting, says, rows = KEPT } = LIMITS[kind];
  const isModel = kind === 'features' || kind === 'slices' || kind === 'categories';
  return finding({
    model: isModel && owner !== '' ? owner : DAEMON,
    detector: 'name_limit',
    subject: kind === 'operations' ? `${kind} of ${owner}` : kind,
    // One that lies further ahead was seen before the clock was set back.
    state: Math.abs(now - lastAt) < OVER_MS ? 'fail' : 'pass',
    statistic: times,
    reason: `${says(owner)} than ${setting} allows: what is beyond was counted as "other" ${times} times, ${rows}`,
    now,
  });
}

function ofSetAside({ segments, rows }: Troubles['setAside'], now: number): Finding {
  const missing = Object.entries(rows).map(([table, count]) => `${count} rows of ${table}`);
  return finding({
    model: DAEMON,
    detector: 'store_refusal',
    subject: 'segments set aside',
    state: segments > 0 ? 'fail' : 'pass',
    statistic: segments,
    reason:
      segments > 0
        ? `the store refused ${segments} segments of the spool, so that it lacks ${missing.join(', ')}; nothing is lost, "serin retry" says why and loads them`
        : 'the store has every segment of the spool',
    now,
  });
}

function finding(
  told: Pick<Finding, 'model' | 'detector' | 'subject' | 'state' | 'reason'> & { statistic: number; now: number },
): Finding {
  const { now, ...rest } = told;
  const { model, detector, subject } = told;
  const window = { from: Math.floor(now / 60_000) * 60_000 - OVER_MS, to: now };
  return {
    ...rest,
    id: createHash('sha256')
      .update(JSON.stringify([model, detector, subject, window.from]))
      .digest('hex')
      .slice(0, 24),
    version: '',
    slice: ALL,
    limit: 0,
    count: told.statistic,
    window,
    reference: null,
    judgedAt: now,
    final: false,
  };
}
