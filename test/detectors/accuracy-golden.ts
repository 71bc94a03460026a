import { readFileSync } from 'node:fs';

/** Known answers that `test/golden/accuracy.py` made with scikit-learn, SciPy and NannyML. */
interface AccuracyGolden {
  readonly binary: {
    readonly label: readonly number[];
    readonly score: readonly number[];
    readonly weight: readonly number[];
    readonly roc_auc: number;
    readonly delong_error: number;
    readonly average_precision: number;
    readonly log_loss: number;
    readonly brier: number;
    readonly ece_10_equal_count: number;
    readonly precision_at_half: number;
    readonly recall_at_half: number;
    readonly f1_at_half: number;
    readonly weighted: Readonly<Record<string, number>>;
    readonly isotonic: readonly number[];
  };
  readonly regression: {
    readonly truth: readonly number[];
    readonly guess: readonly number[];
    readonly mae: number;
    readonly rmse: number;
    readonly bias: number;
    readonly mae_error: number;
    readonly bias_error: number;
  };
  readonly multiclass: {
    readonly actual: readonly string[];
    readonly predicted: readonly string[];
    readonly accuracy: number;
    readonly macro_f1: number;
    readonly f1: readonly number[];
    readonly recall: readonly number[];
  };
  readonly arrival: {
    readonly age: readonly number[];
    readonly delay: readonly (number | null)[];
    readonly share_arrived_by: Readonly<Record<string, number>>;
  };
  readonly cbpe: {
    readonly score: readonly number[];
    readonly promised: readonly number[];
    readonly threshold: number;
    readonly roc_auc: number;
    readonly average_precision: number;
    readonly f1: number;
    readonly precision: number;
    readonly recall: number;
  };
}

export const accuracyGolden: AccuracyGolden = JSON.parse(
  readFileSync(new URL('../golden/accuracy.json', import.meta.url), 'utf8'),
);
