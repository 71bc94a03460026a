import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Decision, Rollout } from '../../detectors/terms.ts';
import { judge, type GateInputs } from '../../shadow/gate/judge.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config.ts';
import { SerinError } from '../errors.ts';
import { readTagValues } from '../store/evidence.ts';
import type { Journal } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import { gatherEvidence } from './evidence.ts';
import { earlierLook, isSameDecision } from './rollout-decisions.ts';
import { MOST_TAG_VALUES, termsOf, type RolloutRequest } from './rollout-request.ts';

export type { RolloutRequest } from './rollout-request.ts';

export interface RolloutOptions {
  readonly store: Store;
  readonly settings: Config['rollouts'];
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  hasVersion(model: string, version: string): Promise<boolean>;
  /** Reasons of the open data-quality alerts of a model; while there are any, the verdict is hold. */
  openQualityFailures(model: string): Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told once, when a rollout leaves the state `open`. */
  onDecided?(rollout: Rollout, decision: Decision): void;
}

/** The life of rollouts: opened, judged as often as anyone asks, decided once. */
export interface Rollouts {
  /** @throws SerinError `unknown_version`, `invalid_request`, `unknown_slice`, `unavailable` */
  open(request: RolloutRequest): Promise<Rollout>;
  get(id: string): Promise<Rollout>;
  list(model?: string): Promise<Rollout[]>;
  /**
   * The verdict now, stored as a decision with its inputs. A hold is answered again for two seconds (longer where a look
   * takes long). Evidence that has not changed is not stored again: the decision is then the stored one, with the time of
   * this look. A decided rollout answers its last decision for ever.
   * @throws SerinError `unknown_id`; `unavailable` when the store does not answer, whatever the verdict was before
   */
  verdict(id: string): Promise<Decision>;
  /** Oldest first. */
  decisions(id: string): Promise<Decision[]>;
  /** Judges every open rollout again; stores a decision only where it ends the rollout. */
  tick(): Promise<void>;
}

/** What was last seen of an open rollout; `given` once it is stored. */
interface Look {
  readonly decision: Decision;
  readonly given: boolean;
  readonly freshUntil: number;
}

/**
 * A look at the evidence costs the store more than a poll is worth: within this time, or this many times what the look
 * took, the last one is answered.
 */
const SAME_LOOK_MS = 2000;
const SAME_LOOK_COSTS = 5;

/** The present rate is measured from the oldest of this many decisions. */
const RECENT = 20;

const STATES = { promote: 'promoted', rollback: 'rolled_back', inconclusive: 'inconclusive' } as const;

export function openRollouts(options: RolloutOptions): Rollouts {
  return new OpenedRollouts(options);
}

class OpenedRollouts implements Rollouts {
  readonly #options: RolloutOptions;
  readonly #looks = new Map<string, Look>();
  readonly #underWay = new Map<string, Promise<Decision>>();

  constructor(options: RolloutOptions) {
    this.#options = options;
  }

  async open(request: RolloutRequest): Promise<Rollout> {
    const { store, settings, clock, log } = this.#options;
    return this.#available(async () => {
      for (const field of ['control', 'candidate'] as const) await this.#knows(request.model, request[field], field);
      const asOf = clock.now();
      const terms = await termsOf(request, {
        settings,
        model: await this.#options.modelSettings(request.model),
        tagValues: (tag) =>
          readTagValues(
            store.reader,
            { model: request.model, control: request.control, tag, asOf },
            MOST_TAG_VALUES + 1,
          ),
      });
      const rollout: Rollout = {
        id: randomUUID(),
        model: request.model,
        control: request.control,
        candidate: request.candidate,
        state: 'open',
        ...terms,
        openedAt: asOf,
        decidedAt: null,
        verdict: 'hold',
      };
      await store.documents<Rollout>('rollouts').put(rollout);
      log.info({ rollout: rollout.id, model: rollout.model, candidate: rollout.candidate }, 'rollout opened');
      return rollout;
    });
  }

  async get(id: string): Promise<Rollout> {
    const found = await this.#available(() => this.#options.store.documents<Rollout>('rollouts').get(id));
    if (found === undefined) throw new SerinError('unknown_id', `there is no rollout "${id}"`, { field: 'id' });
    return found;
  }

  list(model?: string): Promise<Rollout[]> {
    return this.#available(() => this.#options.store.documents<Rollout>('rollouts').list({ model }));
  }

  async decisions(id: string): Promise<Decision[]> {
    await this.get(id);
    return this.#available(() => this.#journal().list(id));
  }

  async verdict(id: string): Promise<Decision> {
    const last = this.#looks.get(id);
    if (last?.given === true && this.#isFresh(last)) return last.decision;
    return this.#inTurn(id, 'given');
  }

  async tick(): Promise<void> {
    const open = await this.#available(() =>
      this.#options.store.documents<Rollout>('rollouts').list({ state: 'open' }),
    );
    for (const { id, model } of open) {
      try {
        await this.#inTurn(id, 'watched');
      } catch (error) {
        this.#options.log.error({ err: error, rollout: id, model }, 'rollout could not be judged');
      }
    }
  }

  /** One look at a time at one rollout: whoever asks meanwhile gets the answer of the look under way. */
  #inTurn(id: string, purpose: 'given' | 'watched'): Promise<Decision> {
    const key = `${purpose} ${id}`;
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const before = this.#underWay.get(`${purpose === 'given' ? 'watched' : 'given'} ${id}`);
    const look = (before ?? Promise.resolve())
      .then(undefined, () => undefined)
      .then(() => this.#available(() => this.#look(id, purpose)))
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, look);
    return look;
  }

  async #look(id: string, purpose: 'given' | 'watched'): Promise<Decision> {
    const rollout = await this.get(id);
    if (rollout.state !== 'open') return this.#lastDecision(rollout);
    const remembered = this.#looks.get(id);
    const look = remembered !== undefined && this.#isFresh(remembered) ? remembered : await this.#judge(rollout);
    const isFinal = look.decision.verdict !== 'hold';
    if (purpose === 'watched' && !isFinal) {
      this.#looks.set(id, look);
      return look.decision;
    }
    const decision = await this.#store(look.decision, id);
    if (isFinal) await this.#end(rollout, decision);
    else this.#looks.set(id, { ...look, decision, given: true });
    return decision;
  }

  async #judge(rollout: Rollout): Promise<Look> {
    const { store, clock } = this.#options;
    const settings = await this.#options.modelSettings(rollout.model);
    const asOf = clock.now();
    const recent = await this.#journal().list(rollout.id, RECENT);
    const earlier = recent.find((decision) => decision.asOf < asOf);
    const inputs: GateInputs = {
      alpha: rollout.alpha,
      guardrails: rollout.guardrails,
      minimumEvents: rollout.minimumEvents,
      maximumDurationMs: rollout.maximumDurationMs,
      openedAt: rollout.openedAt,
      asOf,
      evidence: await gatherEvidence(store, rollout, settings, asOf),
      qualityFailures: await this.#options.openQualityFailures(rollout.model),
      earlier: earlier === undefined ? null : earlierLook(earlier),
    };
    const { verdict, reasons, checks } = judge(inputs);
    const decision = {
      id: randomUUID(),
      owner: rollout.id,
      model: rollout.model,
      verdict,
      reasons,
      checks,
      asOf,
      inputs,
    };
    const freshMs = Math.max(SAME_LOOK_MS, SAME_LOOK_COSTS * (clock.now() - asOf));
    return { decision, given: false, freshUntil: asOf + freshMs };
  }

  /** Stores a decision, unless the newest stored one came to the same verdict on the same evidence. */
  async #store(decision: Decision, id: string): Promise<Decision> {
    const [newest] = await this.#journal().list(id, 1);
    if (newest !== undefined && isSameDecision(newest, decision)) return { ...newest, asOf: decision.asOf };
    await this.#journal().append([decision]);
    return decision;
  }

  async #end(rollout: Rollout, decision: Decision): Promise<void> {
    const { verdict, asOf } = decision;
    if (verdict === 'hold') return;
    const decided: Rollout = { ...rollout, state: STATES[verdict], verdict, decidedAt: asOf };
    await this.#options.store.documents<Rollout>('rollouts').put(decided);
    this.#looks.delete(rollout.id);
    this.#options.log.info(
      { rollout: rollout.id, model: rollout.model, verdict, reasons: decision.reasons },
      'rollout decided',
    );
    try {
      this.#options.onDecided?.(decided, decision);
    } catch (error) {
      this.#options.log.error({ err: error, rollout: rollout.id }, 'what follows a decided rollout failed');
    }
  }

  async #lastDecision(rollout: Rollout): Promise<Decision> {
    const [last] = await this.#journal().list(rollout.id, 1);
    if (last === undefined) throw new Error(`rollout ${rollout.id} is ${rollout.state} without a decision`);
    return last;
  }

  #isFresh({ decision, freshUntil }: Look): boolean {
    const now = this.#options.clock.now();
    return now >= decision.asOf && now < freshUntil;
  }

  #journal(): Journal<Decision> {
    return this.#options.store.journal<Decision>('decisions');
  }

  async #knows(model: string, version: string, field: 'control' | 'candidate'): Promise<void> {
    if (await this.#options.hasVersion(model, version)) return;
    throw new SerinError('unknown_version', `model "${model}" has no version "${version}"`, { field });
  }

  /** Anything but an error of the caller means that the store, or who asks it, is away: never an old verdict instead. */
  async #available<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SerinError) throw error;
      this.#options.log.error({ err: error }, 'evidence of rollouts cannot be read');
      throw new SerinError('unavailable', 'the evidence cannot be read now; no verdict is given', {
        retryAfterSeconds: 5,
        cause: error,
      });
    }
  }
}
