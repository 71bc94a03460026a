import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Alert, AlertChange, Finding, Silence } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { readOpenAlerts } from '../store/open-alerts.ts';
import type { Store } from '../store/store.ts';
import { advance, alertId, inactiveAlert, judge, type AlertRecord } from './alert-record.ts';
import { newestEvidence } from './newest-evidence.ts';
import type { Patience } from './next-state.ts';
import { hush } from './what-to-tell.ts';

export interface AlertBookOptions {
  readonly store: Store;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly log: Logger;
  onChange?(alert: Alert, change: AlertChange): void;
}

/**
 * The alerts as stored, and how findings and time move them. Nothing is kept in memory but the names of models with
 * something open, so a daemon that takes over goes on where the other was stopped. Calls must not overlap.
 */
export interface AlertBook {
  /** Whether a model may have something open, so that what passes is of interest too. */
  follows(model: string): boolean;
  /** Moves alerts by findings; stores what changed, and its changes in the journal. */
  judge(findings: readonly Finding[]): Promise<readonly AlertChange[]>;
  /** Moves all open alerts by the time that passed, applies silences, and answers with them. */
  review(): Promise<AlertRecord[]>;
  put(alerts: readonly AlertRecord[]): Promise<void>;
  get(id: string): Promise<AlertRecord | undefined>;
}

export function openAlertBook(options: AlertBookOptions): AlertBook {
  const { store, clock } = options;
  const documents = store.documents<AlertRecord>('alerts');
  const silences = store.documents<Silence>('silences');
  // Undefined until the first review: until then any model may have something open.
  let modelsWithOpen: Set<string> | undefined;
  const follows = (model: string): boolean => modelsWithOpen?.has(model) ?? true;
  return {
    follows,
    async judge(findings) {
      if (!findings.some(({ state, model }) => state === 'fail' || follows(model))) return [];
      const now = clock.now();
      const open = new Map((await readOpenAlerts<AlertRecord>(store.reader)).map((alert) => [alert.id, alert]));
      const judged: Moved[] = [];
      for (const [id, evidence] of evidenceById(findings)) {
        let known = open.get(id);
        if (known === undefined && evidence.state === 'pass') continue;
        known ??= (await documents.get(id)) ?? inactiveAlert(evidence, now);
        judged.push({ before: known, after: judge(known, evidence, now) });
      }
      for (const { after } of judged) modelsWithOpen?.add(after.model);
      return move(options, judged, now);
    },
    async review() {
      const now = clock.now();
      const open = await readOpenAlerts<AlertRecord>(store.reader);
      modelsWithOpen = new Set(open.map((alert) => alert.model));
      const active = open.length === 0 ? [] : await silences.list({ state: 'active', limit: 10_000 });
      const reviewed = open.map((before): Moved => ({ before, after: hush(before, active, now) }));
      await move(options, reviewed, now);
      // What came to rest just now may fall silent with it, so silences are looked at again.
      return reviewed.map(({ after }) => hush(after, active, now));
    },
    put: (alerts) => documents.putAll(alerts),
    get: (id) => documents.get(id),
  };
}

interface Moved {
  readonly before: AlertRecord;
  after: AlertRecord;
}

/** One finding for each alert, of those that had enough data. */
function evidenceById(findings: readonly Finding[]): Map<string, Finding> {
  const byId = new Map<string, Finding[]>();
  for (const finding of findings) {
    const id = alertId(finding);
    const others = byId.get(id);
    if (others === undefined) byId.set(id, [finding]);
    else others.push(finding);
  }
  const evidence = new Map<string, Finding>();
  for (const [id, own] of byId) {
    const newest = newestEvidence(own);
    if (newest !== undefined) evidence.set(id, newest);
  }
  return evidence;
}

/** Lets each alert come to rest and stores what is different; the journal first, so that no change goes without its entry. */
async function move(options: AlertBookOptions, judged: Moved[], now: number): Promise<readonly AlertChange[]> {
  const { store, patience, log } = options;
  const told: [AlertRecord, AlertChange][] = [];
  for (const entry of judged) {
    for (const { alert, from, to } of advance(entry.after, now, patience)) {
      const key = JSON.stringify([alert.id, from, to, now]);
      const id = createHash('sha256').update(key).digest('hex').slice(0, 24);
      told.push([alert, { id, owner: alert.id, model: alert.model, at: now, from, to, reason: alert.reason }]);
      entry.after = alert;
    }
  }
  const changes = told.map(([, change]) => change);
  await store.journal<AlertChange>('alert_changes').append(changes);
  await store.documents<AlertRecord>('alerts').putAll(judged.filter(isDifferent).map(({ after }) => after));
  for (const [alert, change] of told) {
    log.info({ alert: alert.id, model: alert.model, from: change.from, to: change.to }, change.reason);
    options.onChange?.(alert, change);
  }
  return changes;
}

/** A judgement that says the same of the same window again needs no new row. */
function isDifferent({ before, after }: Moved): boolean {
  if (before === after) return false;
  return (
    before.state !== after.state ||
    before.silenced !== after.silenced ||
    before.told !== after.told ||
    before.evidence.id !== after.evidence.id ||
    before.evidence.state !== after.evidence.state ||
    before.judgedSince !== after.judgedSince ||
    before.statistic !== after.statistic ||
    before.reason !== after.reason
  );
}
