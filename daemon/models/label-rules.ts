import type { ModelSettings } from '../config/config.ts';
import type { LabelRules } from '../store/labelled-predictions.ts';

/** How the labels of a model are read, out of its settings. */
export function labelRules(settings: ModelSettings): LabelRules {
  return {
    positiveLabel: settings.positive_label,
    unlabelled: settings.unlabelled,
    maturityMs: settings.label_maturity,
    observedDecisions: settings.observed_decisions,
    threshold: settings.threshold,
  };
}
