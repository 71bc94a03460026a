/** Every detector: a new one is its own file and one line here. */
export { psi } from './drift/psi.ts';
export { ks } from './drift/ks.ts';
export { scoreDrift } from './drift/score-drift.ts';
export { unseenShare } from './quality/unseen-share.ts';
export { missingShare } from './quality/missing-share.ts';
export { latencyShift } from './latency/latency-shift.ts';
export { burnRate } from './latency/burn-rate.ts';
export { rocAuc } from './accuracy/roc-auc.ts';
export { prAuc } from './accuracy/pr-auc.ts';
export { recallAtFpr } from './accuracy/recall-at-fpr.ts';
