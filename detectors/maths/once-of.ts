/**
 * Works something out of a summary once, and keeps it as long as the summary itself is kept: a reference is what thousands
 * of windows are held against. Of each summary the answer for the latest `by` is kept.
 * @param work must be a function of its arguments alone; summaries never change
 */
export function onceOf<Of extends object, Answer, By = undefined>(
  work: (of: Of, by: By) => Answer,
): By extends undefined ? (of: Of) => Answer : (of: Of, by: By) => Answer {
  const known = new WeakMap<Of, { readonly by: By; readonly answer: Answer }>();
  return ((of: Of, by: By) => {
    const found = known.get(of);
    if (found !== undefined && found.by === by) return found.answer;
    const answer = work(of, by);
    known.set(of, { by, answer });
    return answer;
  }) as By extends undefined ? (of: Of) => Answer : (of: Of, by: By) => Answer;
}
