import type { Model } from '../daemon/api/contract.ts';

/** How a model is, at a glance. `quiet`: nothing is wrong, but nothing arrived for a day either. */
export type Health = 'firing' | 'failing' | 'pending' | 'insufficient' | 'quiet' | 'good';

const WORST_FIRST: readonly Health[] = ['firing', 'failing', 'pending', 'quiet', 'insufficient', 'good'];

/** The one word for a model. Good needs findings that passed: no finding at all is insufficient. */
export function healthOf(model: Pick<Model, 'alerts' | 'findings' | 'predictions'>): Health {
  if (model.alerts.firing > 0) return 'firing';
  if (model.findings.fail > 0) return 'failing';
  if (model.alerts.pending > 0) return 'pending';
  if (model.predictions === 0) return 'quiet';
  return model.findings.pass === 0 ? 'insufficient' : 'good';
}

/** Trouble first: by health, then by how many alerts fire and findings fail, then by name. */
export function byTrouble(a: Model, b: Model): number {
  return (
    WORST_FIRST.indexOf(healthOf(a)) - WORST_FIRST.indexOf(healthOf(b)) ||
    b.alerts.firing - a.alerts.firing ||
    b.findings.fail - a.findings.fail ||
    a.model.localeCompare(b.model)
  );
}
