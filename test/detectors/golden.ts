import { readFileSync } from 'node:fs';

/** Known answers, computed by SciPy 1.10.1 and scikit-learn 1.2.1 from the inputs beside them. */
interface Golden {
  readonly special: {
    readonly norm_sf: readonly (readonly [z: number, probability: number])[];
    readonly norm_ppf: readonly (readonly [probability: number, z: number])[];
    readonly chi2_sf: readonly (readonly [statistic: number, degreesOfFreedom: number, probability: number])[];
    readonly kolmogorov_sf: readonly (readonly [y: number, probability: number])[];
  };
  readonly two_sample: readonly {
    readonly name: string;
    readonly reference: readonly number[];
    readonly window: readonly number[];
    readonly ks: { readonly d: number; readonly p_asymptotic: number };
    readonly wasserstein: number;
    readonly std_population: number;
  }[];
  readonly histograms: readonly {
    readonly reference: readonly number[];
    readonly window: readonly number[];
    readonly 'psi_floor_1e-4': number;
    readonly jensen_shannon_distance_base2: number;
    readonly hellinger: number;
    readonly total_variation: number;
    readonly l_infinity: number;
    readonly chi2_contingency: { readonly statistic: number; readonly p: number; readonly dof: number };
  }[];
  readonly classification: readonly Classification[];
  readonly weighted_classification: readonly (Classification & { readonly weight: readonly number[] })[];
}

/** Scores and what turned out, each by itself; isotonic calibration is unweighted. */
interface Classification {
  readonly name: string;
  readonly label: readonly number[];
  readonly score: readonly number[];
  readonly threshold: number;
  readonly roc_auc: number;
  readonly average_precision: number;
  readonly f1: number;
  readonly 'recall_at_fpr_0.05': number;
  readonly isotonic_fitted_first_40: readonly number[];
}

export const golden: Golden = JSON.parse(readFileSync(new URL('../golden/statistics.json', import.meta.url), 'utf8'));
