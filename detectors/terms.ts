/**
 * The words of Serin, as types. There are no synonyms; the README explains the same words in prose.
 *
 * Times are Unix milliseconds (UTC), shares lie in 0..1, money is in the one unit that the model declares.
 */

import type { Bins } from './maths/bins.ts';

/** What one model answered once. `predictionId` joins it to labels and to shadow scores. */
export interface Prediction {
  readonly predictionId: string;
  readonly model: string;
  readonly version: string;
  readonly timestamp: number;
  readonly features: ReadonlyMap<string, FeatureValue>;
  readonly score?: number;
  readonly decision?: string;
  readonly value?: number;
  readonly role: Role;
  readonly tags: ReadonlyMap<string, string>;
}

/** A feature as received: absent and `null` both count as missing; an array of numbers is an embedding. */
export type FeatureValue = number | string | boolean | null | readonly number[];

/** Which arm of a rollout answered: the model in charge, or the one on trial. */
export type Role = 'control' | 'candidate';

/** What became known later about a prediction. The latest `timestamp` wins; the history is kept. */
export interface Label {
  readonly predictionId: string;
  readonly label: string | number;
  readonly timestamp: number;
  readonly source: string;
}

/** A named part of the traffic: `all`, `<tag>=<value>` such as `region=EU`, or a cut of a number such as `amount>=100`. */
export type Slice = string;

/** The slice that holds every record. */
export const ALL: Slice = 'all';

/** A stretch of time, `from` included, `to` excluded: the time being judged, or a reference. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Values between `low` (included) and `high` (excluded), and how many there were. */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** One category and how many records had it. */
export interface Category {
  readonly value: string;
  readonly count: number;
}

/**
 * Summary of one feature (or of the score): numbers as ascending bins, anything else as categories.
 * `count` is every record of the window, `missing` those without the feature, so
 * `count - missing` is the sum over bins and categories.
 */
export interface Histogram {
  readonly count: number;
  readonly missing: number;
  readonly bins: Bins;
  readonly categories: readonly Category[];
}

/** Summary of how long one operation, or one model, took: bins in milliseconds. `errors` of the `count` failed. */
export interface Durations {
  readonly count: number;
  readonly errors: number;
  readonly bins: Bins;
}

/** Events of one minute, or longer, that count against a budget: `bad` of `total` broke the objective. */
export interface BudgetPoint {
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly bad: number;
}

/** Summary for burn rates: points in ascending time; `asOf` is the end of every window looked at. */
export interface BudgetSeries {
  readonly asOf: number;
  /** Share of events that must be good, where the budget has an objective of its own. */
  readonly objective?: number;
  /** What is counted, in the plural, and what a bad one did: "requests" that "broke the objective" without it. */
  readonly events?: string;
  readonly bad?: string;
  readonly points: readonly BudgetPoint[];
}

/** What counts of both classes would be if every outcome could have been seen, and the squares of the weights behind them. */
export interface ClassWeights {
  readonly positives: number;
  readonly negatives: number;
  readonly positiveSquares: number;
  readonly negativeSquares: number;
}

/** Predictions with (nearly) the same score, and what their matured labels said. */
export interface ScoredOutcome {
  readonly score: number;
  readonly positives: number;
  readonly negatives: number;
  /** Predictions whose label is not known. */
  readonly unknown?: number;
  /** Where predictions do not all count one: by how much each class counts. */
  readonly weights?: ClassWeights;
  /** Money at stake in the labelled ones, by class, and its squares. */
  readonly value?: ClassWeights;
  /** Money at stake in those whose label is not known. */
  readonly unknownValue?: number;
}

/** An estimate that was published of predictions before their labels came. */
export interface Promised {
  readonly value: number;
  readonly interval?: readonly [number, number];
  /** The stretch that it was said of, and when. */
  readonly window: Window;
  readonly judgedAt: number;
  /** Id of its finding. */
  readonly finding: string;
}

/**
 * Summary of matured labels: `predictions` were made in the window, `mature` of them are old enough to be trusted,
 * `labelled` of those have a label. `outcomes` is in ascending score; a score at or above `threshold` is always that of
 * predictions that were at or above it.
 */
export interface Outcomes {
  readonly predictions: number;
  readonly mature: number;
  readonly labelled: number;
  readonly threshold?: number;
  readonly outcomes: readonly ScoredOutcome[];
  /** The ROC-AUC that was promised of this stretch. */
  readonly promised?: Promised;
}

/** Sums over the errors (prediction less truth) of predictions with nearly the same score, `count` of them labelled. */
export interface ScoredErrors {
  readonly score: number;
  readonly count: number;
  readonly unknown: number;
  /** Sums of weight, weight x error, weight x |error|, weight x error squared. */
  readonly moments: readonly [weight: number, error: number, absolute: number, squared: number];
  /** The same sums with the weights squared, and that of the fourth power: what intervals are made of. */
  readonly squares: readonly [weight: number, error: number, absolute: number, squared: number, fourth: number];
}

/** Summary of a regression's matured labels; `errors` is in ascending score. */
export interface Residuals {
  readonly predictions: number;
  readonly mature: number;
  readonly labelled: number;
  readonly errors: readonly ScoredErrors[];
  /** What the matured labels themselves say, in ascending bins: sums of weights and of their squares. */
  readonly labels?: readonly LabelBin[];
  /** Where errors are to be foretold from features too. */
  readonly rows?: LossRows;
  /** The mean absolute error that was promised of this stretch. */
  readonly promised?: Promised;
}

/** Labels of a regression between `low` (included) and `high` (excluded). */
export interface LabelBin {
  readonly low: number;
  readonly high: number;
  readonly weight: number;
  readonly squares: number;
}

/** A random sample of predictions: their features, their scores, and how far each lay from its label; null without one. */
export interface LossRows {
  readonly features: Sample;
  readonly scores: readonly number[];
  readonly losses: readonly (number | null)[];
}

/** Predictions that named one class, whose matured label named another or the same. */
export interface ConfusionCell {
  readonly predicted: string;
  readonly actual: string;
  readonly count: number;
  readonly weight: number;
  readonly weightSquares: number;
}

/** Summary of a multiclass model's matured labels: which class was named (the most probable), and which it was. */
export interface Confusions {
  readonly predictions: number;
  readonly mature: number;
  readonly labelled: number;
  readonly cells: readonly ConfusionCell[];
  readonly classes: readonly ClassOutcomes[];
  /** The share of right answers that was promised of this stretch. */
  readonly promised?: Promised;
}

/** One class against all others, by its probability: every prediction, and those of them that named it. */
export interface ClassOutcomes {
  readonly name: string;
  readonly outcomes: readonly ScoredOutcome[];
  readonly named: readonly ScoredOutcome[];
}

/** Predictions of one age whose labels were waited for, and the labels that came at that age. */
export interface AgeGroup {
  /** Youngest of the group, milliseconds; the oldest is the next group's youngest. */
  readonly age: number;
  /** Predictions that are this old now, and those of them that have no label yet. */
  readonly predictions: number;
  readonly waiting: number;
  /** Labels that said "positive", and any other, when their prediction was this old. */
  readonly positives: number;
  readonly others: number;
}

/** Labels in ascending age of their predictions, and who said them. */
export interface LabelGroups {
  readonly groups: readonly AgeGroup[];
  readonly sources: readonly Category[];
}

/**
 * How labels arrive. `followed` looks at the predictions of the window, whenever their labels came; `arrived` at the labels
 * that became known in the window, whenever their predictions were made, beside every prediction young enough to wait for one.
 */
export interface LabelFlow {
  readonly windowMs: number;
  readonly followed: LabelGroups;
  readonly arrived: LabelGroups;
}

/** One value of a stored series, and the records behind it; `at` is the start of its step. */
export interface SeriesPoint {
  readonly at: number;
  readonly value: number;
  readonly count: number;
}

/**
 * A stored series: one value a step, ascending; a step without records has no point. A `share` lies in 0..1 and is that
 * of `count` records; a `duration` is in milliseconds.
 */
export interface Series {
  readonly stepMs: number;
  readonly unit: 'share' | 'number' | 'duration';
  readonly points: readonly SeriesPoint[];
}

/**
 * A random sample of raw rows, or of embeddings: `matrix` is the base64 of row-major float32 numbers, little-endian, NaN for
 * what is missing. A column `feature=value` is 1 where a category has that value.
 */
export interface Sample {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly matrix: string;
  /** Of a reference: how many times as far as a setting says a window may lie from it; once without. */
  readonly allowance?: number;
}

/** What the store reduces a window to, by the need of a detector. */
export interface SummaryByNeed {
  readonly histogram: Histogram;
  readonly durations: Durations;
  readonly budget: BudgetSeries;
  readonly outcomes: Outcomes;
  /** The same for predictions that wait for their labels, whose accuracy is estimated. */
  readonly forecast: Outcomes;
  readonly residuals: Residuals;
  readonly residual_forecast: Residuals;
  readonly confusions: Confusions;
  readonly confusion_forecast: Confusions;
  readonly labels: LabelFlow;
  readonly series: Series;
  readonly sample: Sample;
}

export type Need = keyof SummaryByNeed;
export type Summary = SummaryByNeed[Need];

export type FindingState = 'pass' | 'fail' | 'insufficient';

/** What a detector says of a window: never NaN, never silent about too little data. */
export interface Judgement {
  readonly state: FindingState;
  /** `null` when insufficient. */
  readonly statistic: number | null;
  readonly limit: number | null;
  /** A sentence a person would say, with numbers and units. */
  readonly reason: string;
  /** Records of the window that the statistic rests on. */
  readonly count: number;
  readonly interval?: readonly [number, number];
  readonly details?: Readonly<Record<string, number | string>>;
}

/** What a finding was held against: when that was made, and which reference it is, where it does not move along. */
export interface JudgedAgainst extends Window {
  readonly id?: string;
  /** Its rows came as a file, and stand under its id. */
  readonly uploaded?: boolean;
  /** It is a stretch of predictions, whose copy stands under its id. */
  readonly frozen?: boolean;
}

/** A judgement with its place: which model, slice, detector, feature or operation, window and reference. */
export interface Finding extends Judgement {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly slice: Slice;
  readonly detector: string;
  /** A feature, `service/operation`, a stored series, `score of class gold`, `decisions`, or empty where the detector judges the one score, or the model as a whole. */
  readonly subject: string;
  readonly window: Window;
  readonly reference: JudgedAgainst | null;
  readonly judgedAt: number;
  /** False while the window is still open: a later judgement of the same window replaces this one. */
  readonly final: boolean;
  /** The failed finding on the quality of the same data that explains this failure: no one is told of this one. */
  readonly inhibitedBy?: string;
}

/** What a feature that moved does to the score: estimated by the model that answers, over a sample of the window. */
export interface Impact {
  /** Part of the shift of the mean score that comes from the feature; null where the score did not shift beyond noise. */
  readonly share: number | null;
  /** Mean score of the window less that of the reference. */
  readonly scoreShift: number;
  /** Predictions of the window that were scored. */
  readonly rows: number;
  /** False where the model does not read the feature. */
  readonly isInput: boolean;
  /** Null where the model decides nothing by a threshold. */
  readonly flips: ImpactFlips | null;
}

/** Decisions that are others because a feature moved. */
export interface ImpactFlips {
  /** Part of the decisions of the window that change with values of the reference. */
  readonly share: number;
  /** 95 %, with what noise flips; from 0 on where it may be noise alone. */
  readonly interval: readonly [number, number];
  /** Part of the window that is declined, less what would be with values of the reference. */
  readonly declined: number;
}

export type AlertState = 'inactive' | 'pending' | 'firing' | 'resolved';

export type Verdict = 'promote' | 'hold' | 'rollback' | 'inconclusive';

/** One prediction, replayed: what was recorded and what the candidate says. */
export interface Observation {
  readonly predictionId: string;
  readonly controlScore: number;
  readonly candidateScore: number | null;
}

/** Whether one guardrail holds, anytime-valid: `harm` is positive when the candidate is worse. */
export interface Check {
  readonly name: string;
  /** As of the guardrail. */
  readonly class?: string;
  readonly slice: Slice;
  readonly harm: number | null;
  readonly margin: number;
  readonly interval: readonly [number, number] | null;
  readonly eValue: number | null;
  readonly events: number;
  /** How many more events until a decision is likely at the present effect; 0 when decided. */
  readonly eventsNeeded: number | null;
  readonly state: 'safe' | 'harmful' | 'undecided' | 'insufficient';
  readonly reason: string;
}

/** A finding that people are, or were, told about. `state` changes only through the alert state machine. */
export interface Alert {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly slice: Slice;
  readonly detector: string;
  readonly subject: string;
  readonly state: AlertState;
  /** The newest finding behind it. */
  readonly finding: string;
  readonly reason: string;
  readonly statistic: number | null;
  readonly limit: number | null;
  /** Start of the window in which it first failed. */
  readonly since: number;
  readonly changedAt: number;
  readonly firedAt: number | null;
  readonly resolvedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly silenced: boolean;
  /** A channel accepted a notification that tells of the present state. */
  readonly delivered: boolean;
}

/** One step of an alert's life, kept for ever. */
export interface AlertChange {
  readonly id: string;
  /** The alert. */
  readonly owner: string;
  readonly model: string;
  readonly at: number;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly reason: string;
}

/** One notification to one channel, and how its sending went. */
export interface Delivery {
  readonly id: string;
  readonly channel: string;
  readonly model: string;
  readonly subject: string;
  readonly alerts: readonly string[];
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly error: string | null;
  readonly createdAt: number;
  readonly deliveredAt: number | null;
}

export interface Silence {
  readonly id: string;
  readonly model: string;
  readonly detector?: string;
  readonly slice?: Slice;
  readonly until: number;
  readonly by: string;
  readonly reason: string;
  readonly state: 'active';
}

/** How one feature becomes numbers for a model. */
export interface ModelInput {
  readonly feature: string;
  readonly encoding: 'number' | 'one_hot' | 'boolean';
  /** For `one_hot`: the categories in order; an unknown one gives all zeros. */
  readonly categories?: readonly string[];
  /** Value of a missing number. */
  readonly fill: number;
  /** sign(x) * log(1 + |x|), before mean and scale. */
  readonly log1p: boolean;
  readonly mean: number;
  readonly scale: number;
}

/** A registered model artifact, checked when it was registered. */
export interface ModelVersion {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly state: 'registered';
  /** Absolute folder of `model.json` and its shards. */
  readonly path: string;
  readonly format: 'layers' | 'graph';
  readonly inputs: readonly ModelInput[];
  readonly threshold: number;
  /** Of a model that answers with two columns, which of them is the score, where that is not the second. */
  readonly positiveClass?: number;
  /** Of a model that tells classes apart: their names, in the order of the columns that it answers with. */
  readonly classes?: readonly string[];
  /** Of `model.json` and each shard, by file name. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Scores of the golden rows at registration, one a row or one a class, null where there is none; versions of before have none. */
  readonly golden?: readonly (number | null)[];
  readonly registeredAt: number;
}

/** A share of the pairs, with its 95 % Wilson interval. */
export interface FlipWay {
  readonly share: number;
  readonly interval: readonly [number, number];
}

/** Predictions on which the two models would decide differently. */
export interface Flips {
  readonly toDecline: number;
  readonly toApprove: number;
  readonly share: number;
  /** 95 % Wilson interval of the share. */
  readonly interval: readonly [number, number];
  /** The same of each way alone, as shares of all pairs. */
  readonly ways: { readonly toDecline: FlipWay; readonly toApprove: FlipWay };
  readonly valueToDecline: number;
  readonly valueToApprove: number;
}

/** Control and candidate on the same predictions of one slice. */
export interface Comparison {
  readonly slice: Slice;
  readonly recorded: number;
  readonly replayed: number;
  /** Replayed, but the candidate gave no score; `errors` counts the reasons, and under `no_recorded_score` what has no score to compare with. */
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly flips: Flips;
  readonly scoreShift: {
    readonly mean: number;
    readonly interval: readonly [number, number];
    readonly controlMean: number;
    readonly candidateMean: number;
  };
  /** Spearman's, on a sample of 100,000 predictions where there are more; null where a model gives all the same score. */
  readonly rankCorrelation: number | null;
  /** Share of the pairs that each model declines. */
  readonly declineRates: { readonly control: number; readonly candidate: number };
  readonly labelled: Labelled;
}

/** How right two models are on the same labelled predictions; a statistic that is not known is null. */
export interface Labelled {
  readonly count: number;
  readonly positives: number;
  /** Labelled predictions of the traffic that they stand for: `count` where none was left out. */
  readonly represents: number;
  /** Kish's effective sample size: `count` where all weigh the same. */
  readonly effective: number;
  /** Of those they stand for. */
  readonly onlyControlRight: number;
  readonly onlyCandidateRight: number;
  readonly mcnemarP: number | null;
  readonly control: ModelAccuracy;
  readonly candidate: ModelAccuracy;
}

/** Shares and means are weighted by 1 / propensity where predictions carry one. */
export interface ModelAccuracy {
  readonly auc: number | null;
  readonly recall: number | null;
  readonly precision: number | null;
  readonly falsePositiveRate: number | null;
  /** Money at stake in positives that the model approves, and in negatives that it declines. */
  readonly missedValue: number;
  readonly wronglyDeclinedValue: number;
  readonly brier: number | null;
  readonly logLoss: number | null;
  /** Mean distance between score and share of positives, over ten bins of equal counts. */
  readonly calibrationError: number | null;
}

/** A share of the pairs, or a mean over them, with its 95 % interval. */
interface WithInterval {
  readonly interval: readonly [number, number];
}

/** Predictions of which the control decides one class and the candidate another. */
export interface ClassChange extends WithInterval {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly share: number;
  /** Money at stake. */
  readonly value: number;
}

/** One class in the eyes of both models: the shift is that of its mean probability, candidate minus control. */
export interface ClassShift extends WithInterval {
  readonly name: string;
  /** How often each of the two decides it. */
  readonly shares: { readonly control: number; readonly candidate: number };
  readonly means: { readonly control: number; readonly candidate: number };
  readonly shift: number;
}

/** Control and candidate on the same predictions of one slice, where both tell classes apart. */
export interface ClassComparison {
  readonly slice: Slice;
  readonly recorded: number;
  readonly replayed: number;
  /** As of `Comparison`. */
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Pairs of which the most probable class differs; `changes` names the most frequent ones. */
  readonly flips: WithInterval & {
    readonly count: number;
    readonly share: number;
    readonly value: number;
    readonly changes: readonly ClassChange[];
  };
  readonly classes: readonly ClassShift[];
  /** Mean total variation distance between the probabilities of the two, 0 to 1. */
  readonly distance: WithInterval & { readonly mean: number };
  readonly labelled: ClassLabelled;
}

/** How right two models that tell classes apart are on the same labelled predictions; differences are candidate minus control. */
export interface ClassLabelled {
  readonly count: number;
  /** Labelled predictions of the traffic that they stand for: `count` where none was left out. */
  readonly represents: number;
  /** Kish's effective sample size: `count` where all weigh the same. */
  readonly effective: number;
  readonly onlyControlRight: number;
  readonly onlyCandidateRight: number;
  readonly mcnemarP: number | null;
  readonly control: ClassAccuracy;
  readonly candidate: ClassAccuracy;
  readonly accuracyDifference: PairedDifference | null;
  readonly lossDifference: PairedDifference | null;
}

/** Weighted by 1 / propensity where predictions carry one; null without labels. */
export interface ClassAccuracy {
  readonly accuracy: number | null;
  readonly macroF1: number | null;
  readonly logLoss: number | null;
}

export interface PairedDifference extends WithInterval {
  readonly mean: number;
}

/** A prediction that the two models put into different classes; the scores are those of the class that each decides. */
export interface ClassFlipExample extends FlipExample {
  readonly from: string;
  readonly to: string;
}

/** What is compared of a candidate that tells classes apart. */
export interface ClassResult {
  readonly comparison: ClassComparison | null;
  readonly bySlice: readonly ClassComparison[];
  /** The dearest flips. */
  readonly examples: readonly ClassFlipExample[];
}

/** A prediction on which the two models would decide differently, with where to look it up. */
export interface FlipExample {
  readonly predictionId: string;
  readonly version: string;
  readonly timestamp: number;
  readonly controlScore: number;
  readonly candidateScore: number;
  readonly value: number;
  readonly traceId: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Milliseconds for one prediction scored alone, both models by turns on the same predictions. */
export interface LatencyComparison {
  readonly count: number;
  readonly control: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly candidate: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Median of candidate / control, pair by pair. */
  readonly ratio: number;
}

/** How much of what differs goes away when one feature is replaced by draws from elsewhere. */
export interface Attribution {
  readonly feature: string;
  /** Share of the flips looked at on which the decision is again that of the control; 0..1. */
  readonly flips: number;
  /** How far, on average over random predictions, the candidate's score moves towards the control's. */
  readonly shift: number;
}

/** What differs when the control is replayed against its own record; less than this is no difference. */
export interface NoiseFloor {
  readonly flips: number;
  /** Mean absolute difference of the scores. */
  readonly score: number;
  readonly replayed: number;
  /** Mean difference with its sign: replayed less recorded. */
  readonly bias: number;
  /** Share of the predictions whose score differs by more than backends do (1e-4). */
  readonly differing: number;
}

/** What a replay waits for, such as the store. */
export interface Waiting {
  readonly reason: string;
  readonly since: number;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it is tried again; null where that depends on others. */
  readonly againAt: number | null;
}

export interface Replay {
  readonly id: string;
  readonly model: string;
  readonly candidate: string;
  readonly control: string | null;
  readonly window: Window;
  readonly limit: number | null;
  readonly slices: readonly string[];
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** Null while it goes on, and where another daemon runs it. */
  readonly waiting: Waiting | null;
  readonly recorded: number;
  readonly replayed: number;
  readonly rowsPerSecond: number | null;
  readonly backend: string | null;
  readonly error: string | null;
  readonly noiseFloor: NoiseFloor | null;
  readonly comparison: Comparison | null;
  readonly bySlice: readonly Comparison[];
  /** In place of `comparison`, `bySlice` and `examples` where the candidate tells classes apart. */
  readonly classes?: ClassResult;
  /** The dearest flips each way. */
  readonly examples: { readonly toDecline: readonly FlipExample[]; readonly toApprove: readonly FlipExample[] };
  readonly latency: LatencyComparison | null;
  /** Which features account for the flips and the score shift, most flips first; null while it is not worked out. */
  readonly attribution: readonly Attribution[] | null;
  /** Flips, and random predictions, that were looked at for it; null where that is not known. */
  readonly explained: { readonly flips: number; readonly predictions: number } | null;
  /** Times the recorded pace; null for as fast as it goes. */
  readonly pace: number | null;
  /** Whether predictions that the control declines were sampled by themselves. */
  readonly stratified: boolean;
  /** Predictions of the window that the replay stands for. */
  readonly population: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** A candidate that scores predictions as they come in: of an open rollout, or because its model's settings say so. */
export interface LiveShadow {
  readonly id: string;
  readonly model: string;
  readonly candidate: string;
  /** Version whose answers are scored again; null for every version but the candidate. */
  readonly control: string | null;
  /** The open rollout that asked for it; null for the model's settings. */
  readonly rollout: string | null;
  readonly state: 'running' | 'waiting' | 'failed' | 'ended';
  /** Why it does not run. */
  readonly reason: string | null;
  readonly backend: string | null;
  readonly share: number;
  readonly since: number;
  readonly scored: number;
  /** Predictions that were not scored because that would have come too late. */
  readonly shed: number;
  /** Age of the oldest prediction that is still to be scored; 0 when all are. */
  readonly lagMs: number;
  readonly comparison: Comparison | null;
  readonly bySlice: readonly Comparison[];
  /** As of a replay. */
  readonly classes?: ClassResult;
  readonly noiseFloor: NoiseFloor | null;
  /** As of a replay; null, or empty, until they were looked for. */
  readonly examples: Replay['examples'];
  readonly latency: LatencyComparison | null;
  readonly attribution: readonly Attribution[] | null;
  readonly explained: Replay['explained'];
  /** When labels, latencies, examples and the why were looked for last; null before that. */
  readonly comparedAt: number | null;
}

export type GuardrailName =
  | 'errors'
  | 'decision_rate'
  | 'decline_rate'
  | 'flips'
  | 'class_rate'
  | 'score_shift'
  | 'class_shift'
  | 'latency_p50'
  | 'latency_p95'
  | 'latency_p99'
  | 'missed_fraud'
  | 'false_declines'
  | 'loss'
  | 'wrong_class'
  | 'data_quality';

/** One thing that a candidate must not make worse by more than `margin`, in every named slice. */
export interface Guardrail {
  readonly name: GuardrailName;
  /** The class that a `class_rate` is about; all others have none. */
  readonly class?: string;
  readonly margin: number;
  readonly slices: readonly Slice[];
  /** Those of the slices that can roll back, and that a promotion waits for only where they point to harm. */
  readonly watched: readonly Slice[];
  /** A promotion waits until it is surely safe; otherwise all its slices are watched. */
  readonly required: boolean;
}

/** A share of the traffic that the candidate answers; the verdict is that of the present stage. */
export interface Stage {
  /** From 0. */
  readonly index: number;
  readonly openedAt: number;
}

/** What a rollback set in motion: a webhook or a command, tried until it is done or hopeless. */
export interface RollbackAction {
  readonly state: 'waiting' | 'done' | 'failed';
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly error: string | null;
  /** The decision that rolled back; the id of the webhook message. */
  readonly decision: string;
}

export interface Rollout {
  readonly id: string;
  readonly model: string;
  readonly control: string;
  readonly candidate: string;
  readonly state: 'open' | 'promoted' | 'rolled_back' | 'inconclusive';
  readonly alpha: number;
  readonly minimumEvents: number;
  /** Shortest and longest time of one stage. */
  readonly minimumDurationMs: number;
  readonly maximumDurationMs: number;
  readonly guardrails: readonly Guardrail[];
  /** Shares of the traffic, ascending, the last one 1; alpha is shared by them. */
  readonly stages: readonly number[];
  readonly stage: Stage;
  /** Weight of a labelled prediction is 1 / propensity, at most this; settled at the opening. */
  readonly largestWeight: number;
  readonly action: RollbackAction | null;
  readonly openedAt: number;
  /** When the first traffic was let go to the candidate without a verdict, which can rest on nothing before that. */
  readonly startedAt?: number;
  /** Percent of the traffic that the candidate gets, as Flagger told last; absent where it tells nothing. */
  readonly weight?: number;
  readonly decidedAt: number | null;
  readonly verdict: Verdict;
}

/** Who ended a rollout, and why. */
export interface EndedByHand {
  readonly by: string;
  readonly reason: string;
  /** What the gate said of it then; null when it could not judge. */
  readonly judged: Pick<Decision, 'verdict' | 'reasons'> | null;
}

/** A verdict given, with all that is needed to give it again. */
export interface Decision {
  readonly id: string;
  /** The rollout. */
  readonly owner: string;
  readonly model: string;
  /** Index of the stage that was judged. */
  readonly stage: number;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly checks: readonly Check[];
  readonly asOf: number;
  /** The evidence as the gate saw it. */
  readonly inputs: unknown;
  /** Where it is a person's, and not the gate's. */
  readonly byHand?: EndedByHand;
}

export interface Retraining {
  readonly id: string;
  readonly model: string;
  readonly state: 'snapshotting' | 'running' | 'completed' | 'failed';
  /** What asked for it: a finding's reason, or a person's. */
  readonly trigger: string;
  readonly finding: string | null;
  readonly snapshot: string | null;
  readonly version: string | null;
  readonly error: string | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** Frozen training data: a Parquet file and its manifest. */
export interface Snapshot {
  readonly id: string;
  readonly model: string;
  readonly state: 'frozen';
  readonly path: string;
  readonly query: string;
  readonly window: Window;
  readonly rows: number;
  readonly labelled: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly createdAt: number;
}

/** What is known of a model besides its predictions: settings given over the API and the reference taken. */
export interface ModelRecord {
  readonly id: string;
  readonly model: string;
  readonly state: 'known';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly reference: {
    readonly version: string | null;
    readonly window: Window;
    readonly pinned: boolean;
    /** Of an upload; that of a stretch of predictions follows from what it is. */
    readonly id?: string;
    readonly uploaded?: boolean;
    readonly frozen?: boolean;
  } | null;
}
