import type { Logger } from 'pino';
import type { Decision, Rollout } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { takeTurnsByName } from '../in-turn.ts';
import type { Journal } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import { completeRollout } from './complete-rollout.ts';
import { decideByHand, type EndRequest } from './decide-by-hand.ts';
import { isCleared, isFresh, takeLook, type Look } from './look-at-rollout.ts';
import { EvidenceAccess } from './evidence-access.ts';
import { mayStart, noteWeight } from './may-start.ts';
import { newRollout } from './new-rollout.ts';
import { openRollbackActions, type RollbackActions } from './rollback-action.ts';
import { recompute, storeUnlessSame, type Recomputed } from './rollout-decisions.ts';
import type { RolloutRequest } from './rollout-request.ts';

export type { RolloutRequest } from './rollout-request.ts';

export interface RolloutOptions {
  readonly store: Store;
  readonly settings: Config['rollouts'];
  /** Where the logs of rollback commands are kept. */
  readonly folder: string;
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  hasVersion(model: string, version: string): Promise<boolean>;
  /** Reasons of the open data-quality alerts of a model; while there are any, the verdict is hold. */
  openQualityFailures(model: string): Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told once, when a rollout leaves the state `open`. */
  onDecided?(rollout: Rollout, decision: Decision): void;
}

/** The life of rollouts: opened, judged as often as anyone asks, advanced from stage to stage, decided once. */
export interface Rollouts {
  /** @throws SerinError `unknown_version`, `invalid_request`, `unknown_slice`, `unavailable` */
  open(request: RolloutRequest): Promise<Rollout>;
  get(id: string): Promise<Rollout>;
  list(model?: string): Promise<Rollout[]>;
  /**
   * The verdict on the present stage, stored as a decision with its inputs. A look is answered again for two seconds (longer
   * where a look takes long), a hold also while the next look is under way; a promote only when the store answers and data
   * quality is good at that moment. Evidence that has not changed is not stored again: the decision is then the stored one,
   * with the time of this look. A decided rollout answers its last decision for ever.
   * @throws SerinError `unknown_id`; `unavailable` when the store does not answer, whatever the verdict was before
   */
  verdict(id: string): Promise<Decision>;
  /**
   * Begins the next stage; judges first, and promotes from the last stage.
   * @param from index of the stage that is over; when the rollout is beyond it already, nothing changes
   * @throws SerinError `not_promotable` unless the verdict on the present stage is promote, `conflict` for a stage to come
   */
  advance(id: string, from?: number): Promise<Rollout>;
  /**
   * Ends an open rollout because a person says so; stored as a decision with who and why.
   * @throws SerinError `unknown_id`, `conflict` when it has ended, `unavailable`
   */
  end(id: string, request: EndRequest): Promise<Rollout>;
  /** Takes note of the weight that Flagger tells of, in percent of the traffic. */
  weigh(id: string, weight: number): Promise<void>;
  /**
   * Lets the first traffic go to the candidate without a verdict, and changes no stage; see `mayStart`.
   * @param decision the newest verdict
   * @returns whether it may
   */
  start(id: string, decision: Decision): Promise<boolean>;
  /** @throws SerinError `unknown_id`, `conflict` when the decision was made by another method */
  recompute(id: string, decision: string): Promise<Recomputed & { readonly decision: Decision }>;
  /**
   * The newest, oldest first; 1,000 where no limit is given.
   * @param page `before`: id of a decision, of which only what came earlier is given
   * @throws SerinError `unknown_id`, of the rollout or of `before`
   */
  decisions(id: string, page?: { readonly limit?: number; readonly before?: string }): Promise<Decision[]>;
  /** Judges every open rollout again, and stores a decision only where it ends the rollout; hands over rollbacks. */
  tick(): Promise<void>;
}

const STATES = { promote: 'promoted', rollback: 'rolled_back', inconclusive: 'inconclusive' } as const;

export function openRollouts(options: RolloutOptions): Rollouts {
  return new OpenedRollouts(options);
}

class OpenedRollouts implements Rollouts {
  readonly #options: RolloutOptions;
  readonly #looks = new Map<string, Look>();
  readonly #underWay = new Map<string, Promise<Decision>>();
  /** One thing at a time with one rollout: no look writes back a stage that is over. */
  readonly #inTurn = takeTurnsByName();
  readonly #actions: RollbackActions;
  readonly #evidence: EvidenceAccess;
  readonly #journal: Journal<Decision>;

  constructor(options: RolloutOptions) {
    this.#options = options;
    this.#evidence = new EvidenceAccess(options);
    this.#journal = options.store.journal<Decision>('decisions');
    this.#actions = openRollbackActions({ ...options, settings: options.settings.on_rollback });
  }

  async open(request: RolloutRequest): Promise<Rollout> {
    const { store, log } = this.#options;
    return this.#evidence.available(async () => {
      const rollout = await newRollout(request, this.#options);
      await store.documents<Rollout>('rollouts').put(rollout);
      log.info({ rollout: rollout.id, model: rollout.model, candidate: rollout.candidate }, 'rollout opened');
      return rollout;
    });
  }

  async get(id: string): Promise<Rollout> {
    const found = await this.#evidence.available(() => this.#options.store.documents<Rollout>('rollouts').get(id));
    if (found === undefined) throw new SerinError('unknown_id', `there is no rollout "${id}"`, { field: 'id' });
    return completeRollout(found);
  }

  async list(model?: string): Promise<Rollout[]> {
    const found = await this.#evidence.available(() =>
      this.#options.store.documents<Rollout>('rollouts').list({ model }),
    );
    return found.map(completeRollout);
  }

  async decisions(
    id: string,
    { limit, before }: { readonly limit?: number; readonly before?: string } = {},
  ): Promise<Decision[]> {
    await this.get(id);
    if (before !== undefined) await this.#decision(id, before, 'before');
    return this.#evidence.available(() => this.#journal.list(id, limit, before));
  }

  async verdict(id: string): Promise<Decision> {
    const last = this.#looks.get(id);
    if (last?.given !== true) return this.#judge(id, 'given');
    const { verdict, model } = last.decision;
    if (last.isFinal) {
      await this.#evidence.isThere();
      return last.decision;
    }
    const now = this.#options.clock.now();
    if (verdict === 'hold' && (await this.#evidence.available(() => isCleared(this.#options, last))))
      this.#looks.delete(id);
    else if (verdict === 'hold' && now >= last.decision.asOf && now < last.usableUntil) {
      if (now >= last.freshUntil)
        this.#judge(id, 'given').catch((error: unknown) =>
          this.#options.log.warn({ err: error, rollout: id }, 'a new look at a rollout failed'),
        );
      return last.decision;
    }
    if (verdict === 'promote' && isFresh(last, now)) {
      await this.#evidence.isThere();
      const failures = await this.#evidence.available(() => this.#options.openQualityFailures(model));
      // Meanwhile the next stage may have begun, of which this look says nothing.
      if (failures.length === 0 && this.#looks.get(id) === last) return last.decision;
      this.#looks.delete(id);
    }
    return this.#judge(id, 'given');
  }

  async advance(id: string, from?: number): Promise<Rollout> {
    const before = await this.get(id);
    if (from !== undefined && before.stage.index > from) return before;
    if (from !== undefined && before.stage.index < from)
      throw new SerinError(
        'conflict',
        `stage ${from} has not begun: rollout "${id}" is in stage ${before.stage.index}`,
        {
          field: 'from',
        },
      );
    this.#looks.delete(id);
    const decision = await this.#judge(id, 'given');
    return this.#inTurn(id, () => this.#begin(id, decision));
  }

  end(id: string, request: EndRequest): Promise<Rollout> {
    const work = async (): Promise<Rollout> => {
      const rollout = await this.get(id);
      if (rollout.state !== 'open')
        throw new SerinError(
          'conflict',
          `rollout "${id}" is ${rollout.state.replace('_', ' ')}: it has ended already`,
          {
            field: 'id',
          },
        );
      const decision = await decideByHand(this.#options, rollout, request);
      await this.#journal.append([decision]);
      await this.#end(rollout, decision);
      this.#looks.delete(id);
      return this.get(id);
    };
    return this.#inTurn(id, () => this.#evidence.available(work));
  }

  weigh(id: string, weight: number): Promise<void> {
    const work = async (): Promise<void> => noteWeight(this.#options, await this.get(id), weight);
    return this.#inTurn(id, () => this.#evidence.available(work));
  }

  start(id: string, decision: Decision): Promise<boolean> {
    const work = async (): Promise<boolean> => mayStart(this.#options, await this.get(id), decision);
    return this.#inTurn(id, () => this.#evidence.available(work));
  }

  async recompute(id: string, decision: string): Promise<Recomputed & { readonly decision: Decision }> {
    await this.get(id);
    const found = await this.#decision(id, decision, 'decision');
    return { decision: found, ...recompute(found) };
  }

  async tick(): Promise<void> {
    const open = await this.#evidence.available(() =>
      this.#options.store.documents<Rollout>('rollouts').list({ state: 'open' }),
    );
    for (const { id, model } of open) {
      try {
        await this.#judge(id, 'watched');
      } catch (error) {
        this.#options.log.error({ err: error, rollout: id, model }, 'rollout could not be judged');
      }
    }
    await this.#evidence.available(() => this.#actions.tick());
  }

  async #decision(id: string, decision: string, field: string): Promise<Decision> {
    const found = await this.#evidence.available(() => this.#journal.get(id, decision));
    if (found === undefined)
      throw new SerinError('unknown_id', `rollout "${id}" has no decision "${decision}"`, { field });
    return found;
  }

  /** Whoever asks while a look of the same purpose waits or is under way gets its answer. */
  #judge(id: string, purpose: 'given' | 'watched'): Promise<Decision> {
    const key = `${purpose} ${id}`;
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const look = this.#inTurn(id, () => this.#evidence.available(() => this.#look(id, purpose))).finally(() =>
      this.#underWay.delete(key),
    );
    this.#underWay.set(key, look);
    return look;
  }

  /** Begins the stage after the one that a decision promotes. */
  async #begin(id: string, { verdict, reasons, stage }: Decision): Promise<Rollout> {
    const rollout = await this.get(id);
    if (verdict !== 'promote')
      throw new SerinError('not_promotable', `The verdict is ${verdict}: ${reasons.join('; ')}`);
    if (rollout.state !== 'open' || rollout.stage.index !== stage) return rollout;
    const openedAt = this.#options.clock.now();
    const advanced: Rollout = { ...rollout, verdict: 'hold', stage: { index: stage + 1, openedAt } };
    await this.#evidence.available(() => this.#options.store.documents<Rollout>('rollouts').put(advanced));
    this.#looks.delete(id);
    this.#options.log.info({ rollout: id, model: rollout.model, stage: advanced.stage.index }, 'rollout advanced');
    return advanced;
  }

  async #look(id: string, purpose: 'given' | 'watched'): Promise<Decision> {
    const rollout = await this.get(id);
    if (rollout.state !== 'open') return this.#lastDecision(rollout);
    const remembered = this.#looks.get(id);
    // Data may have broken since the watch looked: what would promote is looked at again.
    const isUsable = remembered?.decision.verdict !== 'promote';
    const look =
      remembered !== undefined && isUsable && isFresh(remembered, this.#options.clock.now())
        ? remembered
        : await takeLook(this.#options, rollout);
    if (purpose === 'watched' && !look.isFinal) {
      this.#looks.set(id, look);
      return look.decision;
    }
    const decision = await storeUnlessSame(this.#journal, look.decision);
    if (look.isFinal) await this.#end(rollout, decision);
    else if (rollout.verdict !== decision.verdict)
      await this.#options.store.documents<Rollout>('rollouts').put({ ...rollout, verdict: decision.verdict });
    this.#looks.set(id, { ...look, decision, given: true });
    return decision;
  }

  async #end(rollout: Rollout, decision: Decision): Promise<void> {
    const { verdict, asOf, reasons } = decision;
    const { id, model } = rollout;
    const { log } = this.#options;
    if (verdict === 'hold') return;
    const action = verdict === 'rollback' ? this.#actions.planned(decision) : null;
    const decided: Rollout = { ...rollout, state: STATES[verdict], verdict, decidedAt: asOf, action };
    await this.#options.store.documents<Rollout>('rollouts').put(decided);
    if (action !== null)
      this.#actions.tick().catch((error: unknown) => log.error({ err: error }, 'rollbacks cannot be handed over now'));
    log.info({ rollout: id, model, verdict, reasons }, 'rollout decided');
    try {
      this.#options.onDecided?.(decided, decision);
    } catch (error) {
      log.error({ err: error, rollout: id }, 'what follows a decided rollout failed');
    }
  }

  async #lastDecision(rollout: Rollout): Promise<Decision> {
    const [last] = await this.#journal.list(rollout.id, 1);
    if (last === undefined) throw new Error(`rollout ${rollout.id} is ${rollout.state} without a decision`);
    const until = { freshUntil: Infinity, usableUntil: Infinity };
    this.#looks.set(rollout.id, { decision: last, given: true, isFinal: true, ...until });
    return last;
  }
}
