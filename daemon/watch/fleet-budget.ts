/** Expected false pages a week that each model may cause. */
export type AllowedPages = (model: string) => number;

/**
 * Each model has its own budget, and all models together have one: where theirs add up to more, each has a part in
 * proportion. A family of tests that is controlled at its part of a rate keeps the false discoveries of all families
 * within the rate, however they depend on each other (V / R is at most the sum of each family's V / R).
 * @param together of all models, expected false pages a week
 */
export function shareBudget(
  models: Iterable<string>,
  budgetOf: (model: string) => number,
  together: number,
): AllowedPages {
  let asked = 0;
  for (const model of models) asked += budgetOf(model);
  const part = asked > together ? together / asked : 1;
  return (model) => budgetOf(model) * part;
}
