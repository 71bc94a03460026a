const OF_CLASS = 'score of class ';

/**
 * What is judged of the scores of a model: nothing to name for its one score, "score of class gold" where it has one a class.
 * Text of its own, so that no feature of the same name is taken for it.
 */
export function scoreSubject(className: string): string {
  return className === '' ? '' : `${OF_CLASS}${className}`;
}

/** The class whose score it is, by the subject or by its bare name; empty for the one score of a model. */
export function classOfScore(subject: string): string {
  return subject.startsWith(OF_CLASS) ? subject.slice(OF_CLASS.length) : subject;
}
