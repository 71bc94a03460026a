import type { FindingState, Judgement, Need, SummaryByNeed } from './terms.ts';

/** A setting as its detector declares it: the default, the unit, and what it means. */
export interface Setting {
  readonly default: number;
  readonly unit: string;
  readonly meaning: string;
  /** Smallest and largest accepted value, both included. */
  readonly range?: readonly [number, number];
}

export type Settings<Declared extends Record<string, Setting>> = { readonly [Name in keyof Declared]: number };

/** What a detector judges: each feature, the score, the decisions, each operation of a service, each stored series, whole rows, each embedding, or the model. */
export type SubjectKind = 'feature' | 'score' | 'decision' | 'operation' | 'series' | 'rows' | 'embedding' | 'model';

export type DetectorKind = 'drift' | 'quality' | 'latency' | 'accuracy';

/** What every detector is, whatever it needs: declared once, in its own file, listed in `all.ts`. */
export interface Detector<N extends Need = Need, Declared extends Record<string, Setting> = Record<string, Setting>> {
  readonly name: string;
  /** One sentence for the documentation and the dashboard. */
  readonly title: string;
  readonly kind: DetectorKind;
  readonly subject: SubjectKind;
  readonly needs: N;
  /** What kind of values it is about; a feature that has none of that kind, in window and reference, need not be put to it. */
  readonly values: 'numbers' | 'categories' | 'any';
  /** True when it runs only where a model's settings, or an evaluation, name it. */
  readonly onRequest: boolean;
  /** False when the window is judged on its own (burn rate): the daemon then needs no reference. */
  readonly comparesWithReference: boolean;
  /** On which side of the limit the statistic is harmful; exactly at the limit is a pass. */
  readonly fails: 'above' | 'below';
  /** When it fails, in words, for the documentation. */
  readonly failsWhen: string;
  readonly settings: Declared;
  /** The statistic is a sum of squares: of two causes of a shift the roots add up, not the squares. */
  readonly squared?: true;
  /**
   * The statistic says how good the model is, or how well window and reference are told apart, not how far one lies from the
   * other: a share between 0 and 1, or a positive amount.
   */
  readonly level?: 'share' | 'amount';
  /** What it is about and what has happened when it fails, for a headline, where kind and subject do not say it. */
  readonly headline?: { readonly about?: string; readonly happened: string };
  /**
   * Of a chart over a series, where its method leaves that open: the settings with which it fires no more often than at this
   * share of the points when nothing is wrong, and no more often than those given do.
   */
  atChance?(chance: number, settings: Settings<Declared>): Readonly<Record<string, number>>;
  /** @param own what the reference itself reaches from window to window: where it is the larger, it is the limit */
  judge(
    reference: SummaryByNeed[N] | null,
    window: SummaryByNeed[N],
    settings: Settings<Declared>,
    own?: OwnLimit,
  ): Judgement;
  /** The same without its words, which cost more than the sums: most judgements pass, as they did a minute ago. */
  weigh(
    reference: SummaryByNeed[N] | null,
    window: SummaryByNeed[N],
    settings: Settings<Declared>,
    own?: OwnLimit,
  ): Weighed;
}

/** A judgement that has not been put into words. */
export interface Weighed {
  readonly state: FindingState;
  tell(): Judgement;
}

/** A limit learned from the reference, and how a person says so. */
export interface OwnLimit {
  readonly limit: number;
  readonly says: string;
}
