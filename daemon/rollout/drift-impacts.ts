import { findDetector } from '../../detectors/find-detector.ts';
import type { Finding, Impact, JudgedAgainst, ModelVersion, Window } from '../../detectors/terms.ts';
import { impactsOnScore } from '../../shadow/score-shift.ts';
import { takeTurns } from '../in-turn.ts';
import { rowsOf } from '../models/references.ts';
import { countByVersion, readImpactSample } from './impact-sample.ts';
import { openArm } from './open-arm.ts';
import { ReferenceSamples } from './reference-samples.ts';
import { scoreMatrix } from './replay-scoring.ts';
import type { ReplaysOptions } from './replays.ts';

/** An impact with all that it takes to work it out again. */
export interface StoredImpact extends Impact {
  readonly id: string;
  readonly model: string;
  /** `open` while the window grows; `final` for good. */
  readonly state: 'open' | 'final';
  /** The registered version that scored. */
  readonly version: string;
  readonly slice: string;
  readonly feature: string;
  readonly window: Window;
  readonly reference: Window;
  /** Only what was received by then was looked at, Unix milliseconds: of the window, and of the reference. */
  readonly receivedBy: readonly [window: number, reference: number];
  readonly seed: number;
}

/** What features that moved do to the score; worked out beside everything else, a little after the finding. */
export interface DriftImpacts {
  /** Notes findings: those on a feature that failed get an impact, once as they fail and once when their window is over. */
  consider(findings: readonly Finding[]): void;
  /** What is known of what a failed finding is about. */
  of(finding: Finding): Impact | undefined;
  /** Resolves when nothing is being worked out. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export type DriftImpactsOptions = Omit<ReplaysOptions, 'onDone' | 'versions'>;

/** Predictions that are scored of the window and of the reference: the share is then known to about a tenth of itself. */
const ROWS = { window: 2000, reference: 4000 } as const;
const SEED = 1;
/** Groups of findings that wait at once; in a storm the rest go without. */
const MOST_WAITING = 50;
/** Impacts kept in mind, the newest. */
const MOST_KNOWN = 10_000;

/** Findings on features of one model in one slice and window: scored together. */
interface Group {
  readonly model: string;
  readonly version: string;
  readonly slice: string;
  readonly window: Window;
  readonly reference: JudgedAgainst;
  readonly final: boolean;
  readonly features: readonly string[];
}

export async function openDriftImpacts(options: DriftImpactsOptions): Promise<DriftImpacts> {
  const stored = options.store.documents<StoredImpact>('impacts');
  const known = new Map(
    // What was stored before flips were counted has none.
    (await stored.list({ limit: MOST_KNOWN }))
      .reverse()
      .map((impact) => [impact.id, { ...impact, flips: impact.flips ?? null }]),
  );
  /** What was asked for, found or not: a failure is seen at every tick. */
  const asked = new Set<string>();
  const samples = new ReferenceSamples();
  const inTurn = takeTurns();
  let waiting = 0;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const learn = async (group: Group): Promise<void> => {
    if (closed) return;
    const found = await impactsOf(group, samples, options);
    await stored.putAll(found);
    for (const impact of found) known.set(impact.id, impact);
    for (const id of known.keys()) {
      if (known.size <= MOST_KNOWN) break;
      known.delete(id);
    }
  };
  return {
    consider(findings) {
      const wanted = findings.filter(isOnFeature).filter((finding) => {
        const before = known.get(idOf(finding));
        return !asked.has(askedOf(finding)) && (before === undefined || (finding.final && before.state === 'open'));
      });
      if (asked.size > MOST_KNOWN) asked.clear();
      for (const finding of wanted) asked.add(askedOf(finding));
      for (const group of groupsOf(wanted)) {
        if (waiting >= MOST_WAITING) break;
        waiting++;
        last = inTurn(() => learn(group))
          .catch((error: unknown) =>
            options.log.warn({ err: error, model: group.model }, 'the impact of a drift could not be worked out'),
          )
          .finally(() => waiting--);
      }
    },
    of: (finding) => (isOnFeature(finding) ? known.get(idOf(finding)) : undefined),
    idle: async () => {
      await last;
    },
    close: async () => {
      closed = true;
      await last;
    },
  };
}

function isOnFeature({ detector, state, subject, reference }: Finding): boolean {
  const declared = findDetector(detector);
  const isAbout = declared?.subject === 'feature' && (declared.kind === 'drift' || declared.kind === 'quality');
  return isAbout && state === 'fail' && subject !== '' && reference !== null;
}

/** The same for every detector that judged the same values. */
function idOf({ model, slice, subject, window }: Pick<Finding, 'model' | 'slice' | 'subject' | 'window'>): string {
  return JSON.stringify([model, slice, subject, window.from]);
}

function askedOf(finding: Finding): string {
  return `${idOf(finding)} ${finding.final ? 'final' : 'open'}`;
}

function groupsOf(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Group & { features: string[] }>();
  for (const { model, version, slice, window, reference, final, subject } of findings) {
    if (reference === null) continue;
    const key = JSON.stringify([model, slice, window.from, final]);
    const group = groups.get(key) ?? { model, version, slice, window, reference, final, features: [] };
    groups.set(key, group);
    if (!group.features.includes(subject)) group.features.push(subject);
  }
  return [...groups.values()];
}

/** @returns empty where no version of the model is registered, or too little of the slice is in the sample */
async function impactsOf(
  group: Group,
  samples: ReferenceSamples,
  options: DriftImpactsOptions,
): Promise<StoredImpact[]> {
  const versions = await options.store.documents<ModelVersion>('versions').list({ model: group.model });
  // What a feature does to one score can be told; what it does to those of many classes is not.
  const registered = versions.filter(({ classes }) => classes === undefined);
  if (registered.length === 0) return [];
  const { slices: rules, kind } = await options.modelSettings(group.model);
  const receivedBy = options.clock.now();
  const current = { ...group, rules, receivedBy };
  const engine = options.store.shadow;
  const counts = await countByVersion(engine, current);
  const artifact = answering(registered, counts, group.version);
  if (artifact === undefined) return [];
  const arm = await openArm(artifact, options, 1);
  try {
    const window = await readImpactSample(engine, { ...current, counts }, ROWS.window, arm);
    const key = JSON.stringify([group.model, artifact.version, group.slice, group.reference]);
    const reference = await samples.get(key, async () => {
      const rows = rowsOf(engine, group.model, group.reference);
      const usual = { ...current, model: rows.model, window: group.reference };
      const query = { ...usual, counts: await countByVersion(rows.engine, usual) };
      return { matrix: await readImpactSample(rows.engine, query, ROWS.reference, arm), receivedBy };
    });
    if (window.length === 0 || reference.matrix.length === 0) return [];
    const { batch } = options.settings;
    const impacts = await impactsOnScore(
      {
        inputs: arm.inputs,
        window,
        reference: reference.matrix,
        threshold: kind === 'binary' ? artifact.threshold : null,
        seed: SEED,
        score: async (matrix) => (await scoreMatrix(arm, matrix, { batch, lanes: 2 })).scores,
      },
      group.features,
    );
    const scored = [...impacts].filter(([, { scoreShift }]) => Number.isFinite(scoreShift));
    return scored.map(([feature, impact]) => ({
      ...impact,
      ...placeOf(group, feature),
      version: artifact.version,
      receivedBy: [receivedBy, reference.receivedBy] as const,
    }));
  } finally {
    await arm.scorer.close();
  }
}

function placeOf({ model, slice, window, reference, final }: Group, feature: string) {
  const id = idOf({ model, slice, subject: feature, window });
  const state = final ? ('final' as const) : ('open' as const);
  return { id, model, state, slice, feature, window, reference, seed: SEED };
}

/** The version that was judged, where it is registered; else the registered one that answered most. */
function answering(
  registered: readonly ModelVersion[],
  counts: readonly { readonly version: string; readonly count: number }[],
  judged: string,
): ModelVersion | undefined {
  const artifactOf = (version: string): ModelVersion | undefined => registered.find((one) => one.version === version);
  const byTraffic = counts.toSorted((one, other) => other.count - one.count);
  return artifactOf(judged) ?? byTraffic.map(({ version }) => artifactOf(version)).find((one) => one !== undefined);
}
