/** What is judged of the decisions of a model, as findings name it. */
export const decisionSubjects = {
  recorded: 'decisions',
  /** Where none is recorded: what the threshold makes of the score. */
  byThreshold: 'decisions by threshold',
} as const;
