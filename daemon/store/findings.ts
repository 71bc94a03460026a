import { createHash } from 'node:crypto';
import type { DetectorKind } from '../../detectors/detector.ts';
import type { Ruling } from '../../detectors/limits/judge-under.ts';
import type { OwnVariation } from '../../detectors/limits/own-variation.ts';
import { Bins } from '../../detectors/maths/bins.ts';
import type { Finding, FindingState, Summary, Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

/** A finding with all that it was judged on: the settings of the detector, both summaries, and what its limit was held to. */
export interface JudgedInputs {
  readonly finding: Finding;
  readonly settings: Readonly<Record<string, number>>;
  readonly reference: Summary | null;
  readonly window: Summary;
  readonly ruling?: Ruling;
}

export interface JudgedFinding extends JudgedInputs {
  readonly kind: DetectorKind;
}

export interface FindingFilter {
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  readonly slice?: string | undefined;
  readonly detector?: string | undefined;
  /** Any of these. */
  readonly detectors?: readonly string[] | undefined;
  readonly subject?: string | undefined;
  readonly window?: Partial<Window> | undefined;
  readonly state?: FindingState | undefined;
  readonly limit: number;
}

/** Findings and what they were judged on. */
export interface Findings {
  /** Stores findings; the same finding judged again replaces the earlier judgement. */
  put(judged: readonly JudgedFinding[]): Promise<void>;
  /** Newest window first. */
  list(filter: FindingFilter): Promise<Finding[]>;
  /** What a stored finding was judged on, to judge it again; undefined for an unknown id. */
  inputs(id: string): Promise<JudgedInputs | undefined>;
  /** End of the newest window that was judged for good, by model. */
  judgedUntil(): Promise<ReadonlyMap<string, number>>;
  /** When any detector, or any of these, last judged anything, Unix milliseconds; undefined for never. */
  lastJudgedAt(detectors?: readonly string[]): Promise<number | undefined>;
  /** Findings by state of the newest window of a model that has any. */
  latestCounts(): Promise<ReadonlyMap<string, Readonly<Record<FindingState, number>>>>;
}

interface StoredInputs {
  readonly settings: Readonly<Record<string, number>>;
  readonly reference: string | null;
  readonly window: string;
  /** Its variation is the name of a stored body. */
  readonly ruling?: Omit<Ruling, 'variation'> & { readonly variation: string | null };
}

interface StoredBin {
  readonly low: number | null;
  readonly high: number | null;
  readonly count: number;
}

/** What is stored once, under the hash of its body. */
type Body = Summary | OwnVariation;

/** Hashes of summaries known to be stored; forgetting one only costs a row that collapses with its twin. */
const REMEMBERED = 50_000;

export function openFindings(writer: Engine, reader: Engine): Findings {
  const stored = new Set<string>();

  async function keepSummaries(judged: readonly JudgedFinding[]): Promise<StoredInputs[]> {
    const fresh = new Map<string, { id: string; at: number; body: string }>();
    const hashes = new Map<Body, string>();
    const keep = (summary: Body | null, at: number): string | null => {
      if (summary === null) return null;
      const known = hashes.get(summary);
      if (known !== undefined) return known;
      const body = JSON.stringify(summary);
      const id = createHash('sha256').update(body).digest('hex').slice(0, 32);
      hashes.set(summary, id);
      if (!stored.has(id)) fresh.set(id, { id, at: Math.floor(at / 1000), body });
      return id;
    };
    const inputs = judged.map(({ finding, settings, reference, window, ruling }) => ({
      settings,
      reference: keep(reference, finding.judgedAt),
      window: keep(window, finding.judgedAt)!,
      ...(ruling && { ruling: { ...ruling, variation: keep(ruling.variation, finding.judgedAt) } }),
    }));
    await writer.insert('summaries', [...fresh.values()]);
    if (stored.size > REMEMBERED) stored.clear();
    for (const id of fresh.keys()) stored.add(id);
    return inputs;
  }

  return {
    async put(judged) {
      if (judged.length === 0) return;
      const inputs = await keepSummaries(judged);
      await writer.insert(
        'findings',
        judged.map(({ finding }, at) => row(finding, inputs[at]!)),
      );
    },
    async list(filter) {
      const rows = await reader.rows<{ body: string }>(
        `SELECT body FROM {database}.findings FINAL
         WHERE ({model:String} = '' OR model = {model:String}) AND ({version:String} = '' OR version = {version:String})
           AND ({slice:String} = '' OR slice = {slice:String}) AND ({detector:String} = '' OR detector = {detector:String})
           AND (empty({detectors:Array(String)}) OR has({detectors:Array(String)}, detector))
           AND ({anySubject:UInt8} OR subject = {subject:String}) AND ({state:String} = '' OR state = {state:String})
           AND window_to > fromUnixTimestamp64Milli({from:Int64}) AND window_from < fromUnixTimestamp64Milli({to:Int64})
         ORDER BY window_from DESC, judged_at DESC, id LIMIT {limit:UInt32}`,
        {
          model: filter.model ?? '',
          version: filter.version ?? '',
          slice: filter.slice ?? '',
          detector: filter.detector ?? '',
          detectors: [...(filter.detectors ?? [])],
          anySubject: filter.subject === undefined ? 1 : 0,
          subject: filter.subject ?? '',
          state: filter.state ?? '',
          from: filter.window?.from ?? 0,
          to: filter.window?.to ?? 9_000_000_000_000,
          limit: filter.limit,
        },
      );
      return rows.map((found) => JSON.parse(found.body) as Finding);
    },
    async inputs(id) {
      const rows = await reader.rows<{ body: string; inputs: string }>(
        'SELECT body, inputs FROM {database}.findings FINAL WHERE id = {id:String}',
        { id },
      );
      if (rows[0] === undefined) return undefined;
      const { settings, reference, window, ruling } = JSON.parse(rows[0].inputs) as StoredInputs;
      const variation = ruling?.variation ?? null;
      const bodies = await reader.rows<{ id: string; body: string }>(
        'SELECT id, any(body) AS body FROM {database}.summaries WHERE id IN {ids:Array(String)} GROUP BY id',
        { ids: [window, reference, variation].filter((hash) => hash !== null) },
      );
      const body = (hash: string): Body => readBody(bodies.find((found) => found.id === hash)!.body);
      return {
        finding: JSON.parse(rows[0].body) as Finding,
        settings,
        reference: reference === null ? null : (body(reference) as Summary),
        window: body(window) as Summary,
        ...(ruling && {
          ruling: { ...ruling, variation: variation === null ? null : (body(variation) as OwnVariation) },
        }),
      };
    },
    async judgedUntil() {
      const rows = await reader.rows<{ model: string; until: number }>(
        `SELECT model, toUnixTimestamp64Milli(max(window_to)) AS until FROM {database}.findings
         WHERE JSONExtractBool(body, 'final') GROUP BY model`,
      );
      return new Map(rows.map((found) => [found.model, found.until]));
    },
    async lastJudgedAt(detectors = []) {
      const [found] = await reader.rows<{ findings: number; latest: number }>(
        `SELECT count() AS findings, toUnixTimestamp64Milli(max(judged_at)) AS latest FROM {database}.findings
         WHERE empty({detectors:Array(String)}) OR detector IN {detectors:Array(String)}`,
        { detectors: [...detectors] },
      );
      return found === undefined || found.findings === 0 ? undefined : found.latest;
    },
    async latestCounts() {
      const rows = await reader.rows<{ model: string; state: FindingState; findings: number }>(
        `SELECT model, state, count() AS findings FROM {database}.findings FINAL
         WHERE (model, detector, window_from) IN (SELECT model, detector, max(window_from) FROM {database}.findings GROUP BY model, detector)
         GROUP BY model, state`,
      );
      const counts = new Map<string, Record<FindingState, number>>();
      for (const { model, state, findings } of rows) {
        const known = counts.get(model) ?? { pass: 0, fail: 0, insufficient: 0 };
        counts.set(model, { ...known, [state]: findings });
      }
      return counts;
    },
  };
}

/** A stored body; the edges of bins that are not finite were stored as null. */
function readBody(text: string): Body {
  const body = JSON.parse(text) as Body | { readonly bins: readonly StoredBin[] };
  if (!('bins' in body)) return body;
  const bins = [...body.bins].map(({ low, high, count }) => ({ low: low ?? -Infinity, high: high ?? Infinity, count }));
  return { ...body, bins: Bins.of(bins) } as Summary;
}

/** A DateTime64(3) as text, in UTC. */
function timeText(at: number): string {
  return new Date(at).toISOString().slice(0, 23).replace('T', ' ');
}

function row(finding: Finding, inputs: StoredInputs): object {
  return {
    id: finding.id,
    model: finding.model,
    version: finding.version,
    slice: finding.slice,
    detector: finding.detector,
    subject: finding.subject,
    window_from: timeText(finding.window.from),
    window_to: timeText(finding.window.to),
    state: finding.state,
    statistic: finding.statistic,
    judged_at: timeText(finding.judgedAt),
    body: JSON.stringify(finding),
    inputs: JSON.stringify(inputs),
  };
}
