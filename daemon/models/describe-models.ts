import { detectors } from '../../detectors/find-detector.ts';
import type { FindingState, ModelVersion } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Findings } from '../store/findings.ts';
import type { Engine } from '../store/engine.ts';
import { countOperations } from '../store/budgets.ts';
import { readVersions, type VersionTraffic } from '../store/traffic.ts';
import { settingsOf } from '../watch/judge.ts';
import { describeLimits, type LimitsSummary } from './describe-limits.ts';
import type { ModelSettingsBook } from './model-settings.ts';
import type { Reference, References } from './references.ts';

const DAY = 86_400_000;

/** A model as people see it: settings, versions, reference, and how it is doing. */
export interface ModelSummary {
  readonly model: string;
  readonly settings: ModelSettings;
  readonly versions: readonly VersionSummary[];
  readonly reference: Reference | null;
  readonly limits: LimitsSummary;
  /** Stored in the last 24 hours. */
  readonly predictions: number;
  /** Of the newest window that each detector judged. */
  readonly findings: Readonly<Record<FindingState, number>>;
  readonly alerts: { readonly pending: number; readonly firing: number };
  readonly detectors: readonly {
    readonly detector: string;
    readonly title: string;
    readonly kind: string;
    readonly subject: string;
    readonly settings: Readonly<Record<string, number>>;
  }[];
}

export interface VersionSummary {
  readonly version: string;
  readonly firstSeen: number | null;
  readonly lastSeen: number | null;
  readonly predictions: number;
  readonly registered: boolean;
}

export interface DescribeOptions {
  readonly reader: Engine;
  readonly book: ModelSettingsBook;
  readonly references: References;
  readonly findings: Findings;
  readonly registered: (model?: string) => Promise<readonly ModelVersion[]>;
  readonly openAlerts: () => Promise<readonly { readonly model: string; readonly state: string }[]>;
  readonly allowedPages: (model: string) => number;
  readonly clock: Clock;
}

/** Describes every model that has traffic, an artifact, or settings; or only the one named. */
export async function describeModels(options: DescribeOptions, only?: string): Promise<ModelSummary[]> {
  const now = options.clock.now();
  const [traffic, artifacts, counts, alerts] = await Promise.all([
    readVersions(options.reader, now - DAY, only),
    options.registered(only),
    options.findings.latestCounts(),
    options.openAlerts(),
  ]);
  const names = new Set([
    ...traffic.map((row) => row.model),
    ...artifacts.map((row) => row.model),
    ...options.book.known(),
  ]);
  const chosen = only === undefined ? [...names].sort() : [...names].filter((name) => name === only);
  return Promise.all(
    chosen.map(async (model): Promise<ModelSummary> => {
      const settings = options.book.of(model);
      const own = traffic.filter((row) => row.model === model);
      const open = alerts.filter((alert) => alert.model === model);
      const reference = (await options.references.of(model, now)) ?? null;
      const operations = await countOperations(options.reader, settings.services, now);
      return {
        model,
        settings,
        versions: versionsOf(
          own,
          artifacts.filter((artifact) => artifact.model === model),
        ),
        reference,
        limits: describeLimits(settings, reference?.window ?? null, options.allowedPages(model), operations),
        predictions: own.reduce((sum, row) => sum + row.recent, 0),
        findings: counts.get(model) ?? { pass: 0, fail: 0, insufficient: 0 },
        alerts: {
          pending: open.filter((alert) => alert.state === 'pending').length,
          firing: open.filter((alert) => alert.state === 'firing').length,
        },
        detectors: detectorsOf(settings),
      };
    }),
  );
}

function versionsOf(traffic: readonly VersionTraffic[], artifacts: readonly ModelVersion[]): VersionSummary[] {
  const seen = traffic.map((row) => ({
    version: row.version,
    firstSeen: row.firstSeen,
    lastSeen: row.lastSeen,
    predictions: row.predictions,
    registered: artifacts.some((artifact) => artifact.version === row.version),
  }));
  const unseen = artifacts
    .filter((artifact) => !traffic.some((row) => row.version === artifact.version))
    .map((artifact) => ({
      version: artifact.version,
      firstSeen: null,
      lastSeen: null,
      predictions: 0,
      registered: true,
    }));
  return [...seen, ...unseen];
}

function detectorsOf(settings: ModelSettings): ModelSummary['detectors'] {
  return detectors.flatMap((detector) => {
    const chosen = settingsOf(detector, settings);
    if (chosen === false) return [];
    const { name, title, kind, subject } = detector;
    return [{ detector: name, title, kind, subject, settings: chosen }];
  });
}
