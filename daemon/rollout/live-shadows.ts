import type { Logger } from 'pino';
import type { LiveShadow, Rollout } from '../../detectors/terms.ts';
import { compareClasses } from '../../shadow/compare-classes.ts';
import { compare } from '../../shadow/compare.ts';
import { NO_CLASS_LABELS } from '../../shadow/judge-classes.ts';
import { NO_LABELS } from '../../shadow/judge-labelled.ts';
import type { ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { readRecentClasses } from '../store/class-scores.ts';
import { MOST_SLICES, type LiveFindings } from './live-findings.ts';
import { booksOf, RunningShadow, type ShadowOptions, type StoredShadow } from './live-shadow.ts';
import { ClassLedger } from './class-ledger.ts';
import { classesOf } from './replay-plan.ts';
import { openShadowLooks } from './shadow-looks.ts';

export interface LiveShadowsOptions extends Omit<ShadowOptions, 'save'> {
  openRollouts(): Promise<readonly Rollout[]>;
  /** Models that have settings of their own. */
  knownModels(): readonly string[];
  modelSettings(model: string): ModelSettings;
  readonly log: Logger;
}

/** What is told of the live shadows as metrics. */
export type ShadowReading = Pick<LiveShadow, 'model' | 'candidate' | 'scored' | 'shed' | 'lagMs'>;

/** Candidates that score what comes in, behind the load of the store: they slow no ack, they fall behind and say so. */
export interface LiveShadows {
  list(model?: string): Promise<LiveShadow[]>;
  /** @throws SerinError `unknown_id` */
  get(id: string): Promise<LiveShadow>;
  readings(): readonly ShadowReading[];
  /** One look for new predictions, for all shadows that are not still at the last; it comes every `shadows.tick`, also while one hangs. */
  turn(): Promise<void>;
  /** Lets go of all shadows: another daemon may go on with them. The next look takes them up from what is stored. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

/** How often rollouts and settings are asked which shadows there should be. */
const WANTED_MS = 5_000;
/** A shadow that failed is tried again after this time. */
const AGAIN_MS = 60_000;
/** Classes that were recorded in this time before a shadow began are compared by name. */
const RECENT_MS = 30 * 86_400_000;

interface Wanted {
  readonly model: string;
  readonly candidate: string;
  readonly control: string | null;
  readonly rollout: string | null;
}

export async function openLiveShadows(options: LiveShadowsOptions): Promise<LiveShadows> {
  const { store, clock, log, settings, versions } = options;
  const stored = store.documents<StoredShadow>('shadows');
  const running = new Map<string, RunningShadow>();
  const failed = new Map<string, { readonly at: number; readonly shadow: RunningShadow | undefined }>();
  /** Turns in hand. */
  const busy = new Map<string, Promise<void>>();
  /** Last looks at those that ended. */
  const lasts = new Set<Promise<void>>();
  /** How often all were let go of: what began before that is stored no more. */
  let charge = 0;
  const looks = openShadowLooks(options);
  let wanted: readonly Wanted[] = [];
  let askedAt = -Infinity;

  const end = async (id: string): Promise<void> => {
    const shadow = running.get(id) ?? failed.get(id)?.shadow;
    running.delete(id);
    failed.delete(id);
    await shadow?.close();
    await busy.get(id);
    if (shadow === undefined) return;
    const ended: StoredShadow = { ...shadow.shadow, state: 'ended' };
    await stored.put(ended);
    if (ended.scored > 0) lookLast(ended, shadow);
  };
  /** What came in since its last look is told too, unless another one has begun under its name. */
  const lookLast = (ended: StoredShadow, shadow: RunningShadow): void => {
    const ofCharge = charge;
    const work = looks
      .last(shadow)
      .then(async (findings) => {
        if (findings === undefined || ofCharge !== charge) return;
        const { state, since } = (await stored.get(ended.id)) ?? ended;
        if (state === 'ended' && since === ended.since) await stored.put({ ...ended, findings });
      })
      .catch((error: unknown) => log.warn({ err: error, shadow: ended.id }, 'a last look could not be stored'))
      .finally(() => lasts.delete(work));
    lasts.add(work);
  };
  /** Lets go of all: turns in hand end, and nothing is stored after that. */
  const letGo = async (): Promise<void> => {
    charge++;
    const all = [...running.values()];
    running.clear();
    failed.clear();
    askedAt = -Infinity;
    await Promise.all(all.map((shadow) => shadow.close()));
    await Promise.all(busy.values());
    await looks.stop();
    await Promise.all(lasts);
  };
  const begin = async (each: Wanted): Promise<RunningShadow> => {
    const id = idOf(each);
    const before = await stored.get(id);
    const known = before !== undefined && before.state !== 'ended' && before.rollout === each.rollout;
    const shadow = known ? before : await fresh(each, options);
    const made = new RunningShadow(shadow, { ...options, save: (changed) => stored.put(changed) });
    if (!known) await stored.put(shadow);
    return made;
  };
  const takeTurn = async (each: Wanted): Promise<void> => {
    const [id, ofCharge] = [idOf(each), charge];
    let shadow: RunningShadow | undefined;
    try {
      shadow = running.get(id) ?? (await begin(each));
      if (ofCharge !== charge) return;
      running.set(id, shadow);
      await shadow.turn();
      failed.delete(id);
    } catch (error) {
      if (ofCharge !== charge || running.get(id) !== shadow) return;
      // What it had counted since its last step is counted again when it is opened from what is stored.
      log.warn({ err: error, shadow: id }, 'a live shadow cannot score; it is tried again in a minute');
      running.delete(id);
      failed.set(id, { at: clock.now(), shadow: shadow ?? failed.get(id)?.shadow });
      await shadow?.close();
      const before = await stored.get(id);
      const reason = error instanceof Error ? error.message : String(error);
      if (before !== undefined) await stored.put({ ...before, state: 'failed', reason });
    }
  };
  /** One that is still in its last turn goes on with that. */
  const turnOf = (each: Wanted): Promise<void> => {
    const id = idOf(each);
    if (busy.has(id) || (failed.get(id)?.at ?? -Infinity) > clock.now() - AGAIN_MS) return Promise.resolve();
    const work = takeTurn(each).finally(() => busy.delete(id));
    busy.set(id, work);
    return work;
  };
  const turn = async (): Promise<void> => {
    if (clock.now() - askedAt >= WANTED_MS) {
      wanted = await wantedShadows(options);
      askedAt = clock.now();
      const now = wanted.slice(0, settings.most);
      for (const { shadow } of known().values())
        if (!now.some((each) => idOf(each) === shadow.id && each.rollout === shadow.rollout)) await end(shadow.id);
    }
    // At once: one that hangs must not make the others fall behind.
    await Promise.all(wanted.slice(0, settings.most).map(turnOf));
    looks.consider(running.values());
  };
  /** Those that failed as they were last, and those that run. */
  const known = (): Map<string, RunningShadow> => {
    const failures = [...failed].flatMap(([id, { shadow }]) => (shadow === undefined ? [] : [[id, shadow] as const]));
    return new Map([...failures, ...running]);
  };
  const told = (shadow: StoredShadow): LiveShadow => tell(running.get(shadow.id), shadow);
  return {
    list: async (model) => (await stored.list({ model })).map(told),
    get: async (id) => {
      const found = await stored.get(id);
      if (found === undefined) throw new SerinError('unknown_id', `there is no live shadow ${id}`, { field: 'id' });
      return told(found);
    },
    readings: () => [...known().values()].map(({ shadow }) => shadow),
    turn,
    rest: letGo,
    close: letGo,
  };

  /** Shadows of open rollouts first, the earliest before the others, then those of settings; a candidate is shadowed once. */
  async function wantedShadows({ openRollouts, knownModels, modelSettings }: LiveShadowsOptions): Promise<Wanted[]> {
    const found = new Map<string, Wanted>();
    const want = async (each: Wanted): Promise<void> => {
      if (!found.has(idOf(each)) && (await versions.get(each.model, each.candidate)) !== undefined)
        found.set(idOf(each), each);
    };
    const earliestFirst = [...(await openRollouts())].sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
    for (const { id, model, candidate, control } of earliestFirst)
      await want({ model, candidate, control, rollout: id });
    for (const model of knownModels()) {
      const candidate = modelSettings(model).shadow;
      if (candidate !== '') await want({ model, candidate, control: null, rollout: null });
    }
    return [...found.values()];
  }
}

/** One name for the scores of a candidate, whoever asked for them. */
function idOf({ model, candidate }: Wanted): string {
  return `live/${encodeURIComponent(model)}/${encodeURIComponent(candidate)}`;
}

async function fresh(
  each: Wanted,
  { versions, modelSettings, settings, clock, store }: LiveShadowsOptions,
): Promise<StoredShadow> {
  const { threshold, slices } = modelSettings(each.model);
  const now = clock.now();
  const candidate = await versions.get(each.model, each.candidate);
  const control = each.control === null ? undefined : await versions.get(each.model, each.control);
  const classes =
    candidate === undefined
      ? null
      : await classesOf(candidate, control, () =>
          readRecentClasses(store.reader, each.model, { from: now - RECENT_MS, to: now }),
        );
  const of = async (version: string | null): Promise<number> =>
    (version === null ? undefined : await versions.get(each.model, version))?.threshold ?? threshold;
  return {
    ...each,
    id: idOf(each),
    state: 'waiting',
    reason: null,
    backend: null,
    share: settings.share,
    since: now,
    scored: 0,
    shed: 0,
    lagMs: 0,
    slices,
    thresholds: { control: await of(each.control), candidate: await of(each.candidate) },
    ...(classes === null ? {} : { classes }),
    seen: [],
    ledger: null,
  };
}

const NOTHING_FOUND: Omit<LiveFindings, 'comparedAt'> & { readonly comparedAt: null } = {
  labelled: {},
  examples: { toDecline: [], toApprove: [] },
  latency: null,
  attribution: null,
  explained: null,
  comparedAt: null,
};

/** A live shadow as others see it; one that does not run now as it was stored. */
function tell(live: RunningShadow | undefined, shadow: StoredShadow): LiveShadow {
  const {
    seen: _seen,
    lookedAt: _lookedAt,
    ledger: _ledger,
    thresholds: _thresholds,
    classes: _classes,
    slices: _slices,
    versions: _versions,
    findings = NOTHING_FOUND,
    ...rest
  } = live?.shadow ?? shadow;
  const { labelled, classes, ...found } = findings;
  const ledger = live?.ledger ?? booksOf(shadow);
  if (ledger instanceof ClassLedger) {
    const [all = null, ...bySlice] = ledger.tally
      .counts(MOST_SLICES)
      .map((counts) => compareClasses(counts, ledger.names, 1, classes?.labelled[counts.slice] ?? NO_CLASS_LABELS));
    const examples = classes?.examples ?? [];
    const noiseFloor = ledger.noiseFloor();
    return {
      ...rest,
      ...found,
      comparison: null,
      bySlice: [],
      classes: { comparison: all, bySlice, examples },
      noiseFloor,
    };
  }
  const [all = null, ...bySlice] = ledger.tally
    .counts(MOST_SLICES)
    .map((counts) => compare(counts, ledger.rankCorrelation(counts), labelled[counts.slice] ?? NO_LABELS));
  return { ...rest, ...found, comparison: all, bySlice, noiseFloor: ledger.noiseFloor() };
}
