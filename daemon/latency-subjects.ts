const BUDGET = 'budget ';

/** What a latency detector judges, as its findings name it; read back by `operationOf`. */
export const latencySubjects = {
  /** The latency that predictions themselves report, beside the operations of the services. */
  prediction: 'prediction',
  operation: (service: string, operation: string): string => `${service}/${operation}`,
  /** A budget that the model declares. */
  budget: (name: string): string => `${BUDGET}${name}`,
} as const;

/**
 * Service and operation out of a subject; an operation may hold further slashes (`POST /score`). Undefined for what no
 * service does: the predictions themselves, and the budgets of a model.
 */
export function operationOf(subject: string): { readonly service: string; readonly operation: string } | undefined {
  const slash = subject.indexOf('/');
  if (slash <= 0 || subject.startsWith(BUDGET)) return undefined;
  return { service: subject.slice(0, slash), operation: subject.slice(slash + 1) };
}
