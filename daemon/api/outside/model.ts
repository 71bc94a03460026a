import { formatDuration } from '../../config/duration.ts';
import type { ModelInput, ModelVersion, Histogram as InsideHistogram } from '../../../detectors/terms.ts';
import type {
  Distribution,
  Input,
  Model,
  ModelChange,
  Operations,
  Series,
  Shift,
  Traces,
  Version,
} from '../contract.ts';
import { sayCarrier } from '../../../detectors/drift/shift-carriers.ts';
import type { FoundSpan, ModelsPart, ModelSummary, ServiceDurations } from '../parts.ts';
import { given } from './given.ts';
import { edge, finite } from './numbers.ts';
import { toTime, toTimeOrNull, toWindow } from './time.ts';

export function toModel(summary: ModelSummary): Model {
  const { settings, reference } = summary;
  return {
    model: summary.model,
    kind: settings.kind,
    threshold: settings.threshold,
    positive_label: settings.positive_label,
    value_unit: settings.value_unit,
    window: formatDuration(settings.window),
    reference_kind: settings.reference_kind,
    latency_reference: settings.latency_reference,
    reference_length: formatDuration(settings.reference),
    accuracy_window: formatDuration(settings.accuracy_window),
    slices: settings.slices,
    services: settings.services,
    label_maturity: formatDuration(settings.label_maturity),
    unlabelled: settings.unlabelled,
    shadow: settings.shadow,
    guardrails: settings.guardrails,
    observed_decisions: settings.observed_decisions,
    budgets: Object.fromEntries(
      Object.entries(settings.budgets).map(([name, budget]) => [
        name,
        { ...budget, within: formatDuration(budget.within) },
      ]),
    ),
    latency_objective: formatDuration(settings.latency_objective),
    objective: settings.objective,
    false_alarm_budget: settings.false_alarm_budget,
    limits: {
      windows_a_week: summary.limits.windowsAWeek,
      chance_of_window: summary.limits.chanceOfWindow,
      reference_windows: summary.limits.referenceWindows,
      source: summary.limits.source,
      expected_pages_a_week: summary.limits.expectedPagesAWeek,
      says: summary.limits.says,
    },
    versions: toSeenVersions(summary),
    reference:
      reference === null
        ? null
        : {
            ...toWindow(reference.window),
            id: reference.id,
            version: reference.version,
            pinned: reference.pinned,
            uploaded: reference.uploaded,
          },
    predictions: summary.predictions,
    findings: { ...summary.findings },
    alerts: { ...summary.alerts },
    detectors: summary.detectors.map((detector) => ({ ...detector, settings: { ...detector.settings } })),
  };
}

/** A change of settings under the names of `serin.yaml`, where `reference` is a length; outside that is the reference itself. */
export function fromModelChange({ reference_length, ...change }: ModelChange): Readonly<Record<string, unknown>> {
  return given({ ...change, reference: reference_length });
}

export function toSeenVersions(summary: ModelSummary): Model['versions'] {
  return summary.versions.map((seen) => ({
    version: seen.version,
    first_seen: toTimeOrNull(seen.firstSeen),
    last_seen: toTimeOrNull(seen.lastSeen),
    predictions: seen.predictions,
    registered: seen.registered,
  }));
}

export function toVersion(version: ModelVersion): Version {
  return {
    model: version.model,
    version: version.version,
    path: version.path,
    format: version.format,
    inputs: version.inputs.map(toInput),
    threshold: version.threshold,
    positive_class: version.positiveClass ?? 1,
    ...(version.classes === undefined ? {} : { classes: [...version.classes] }),
    sha256: { ...version.sha256 },
    registered_at: toTime(version.registeredAt),
  };
}

function toInput({ categories, ...input }: ModelInput): Input {
  return categories === undefined ? input : { ...input, categories: [...categories] };
}

export function fromInput({ categories, ...input }: Input): ModelInput {
  return categories === undefined ? input : { ...input, categories };
}

export function toDistribution(found: Awaited<ReturnType<ModelsPart['distribution']>>): Distribution {
  return {
    window: toWindow(found.window),
    reference: found.reference === null ? null : toWindow(found.reference),
    current: toHistogram(found.current),
    expected: found.expected === null ? null : toHistogram(found.expected),
  };
}

export function toHistogram(histogram: InsideHistogram): Distribution['current'] {
  return {
    count: histogram.count,
    missing: histogram.missing,
    bins: Array.from(histogram.bins, (bin) => ({ low: edge(bin.low), high: edge(bin.high), count: bin.count })),
    categories: histogram.categories.map(({ value, count }) => ({ value, count })),
  };
}

export function toShift({
  window,
  reference,
  rows,
  searched,
  carriers,
}: Awaited<ReturnType<ModelsPart['shift']>>): Shift {
  return {
    window: toWindow(window),
    reference: reference === null ? null : toWindow(reference),
    rows,
    searched,
    shifted: carriers !== null,
    slices: (carriers ?? []).map((carrier) => ({
      slice: carrier.slice,
      share: carrier.share,
      interval: [...carrier.interval],
      traffic: carrier.traffic,
      traffic_before: carrier.trafficBefore,
      says: sayCarrier(carrier),
    })),
  };
}

/** Points as columns, the form that charts read. */
export function toSeries({ bucketMs, points }: Awaited<ReturnType<ModelsPart['series']>>): Series {
  return {
    bucket_seconds: bucketMs / 1000,
    at: points.map((point) => toTime(point.at)),
    predictions: points.map((point) => point.predictions),
    score_mean: points.map((point) => finite(point.scoreMean)),
    score_p95: points.map((point) => finite(point.scoreP95)),
    latency_p50: points.map((point) => finite(point.latencyP50)),
    latency_p95: points.map((point) => finite(point.latencyP95)),
    latency_p99: points.map((point) => finite(point.latencyP99)),
    roc_auc: points.map((point) => finite(point.rocAuc)),
    labelled: points.map((point) => point.labelled),
  };
}

export function toOperations({ services, operations }: Awaited<ReturnType<ModelsPart['operations']>>): Operations {
  return {
    services: services.map(toSpanDurations),
    operations: operations.map((one) => ({ ...toSpanDurations(one), operation: one.operation })),
  };
}

function toSpanDurations({ service, count, errors, p50, p95, p99 }: ServiceDurations): Operations['services'][number] {
  return { service, count, errors, p50_ms: finite(p50), p95_ms: finite(p95), p99_ms: finite(p99) };
}

export function toTraces(found: readonly FoundSpan[]): Traces {
  return {
    spans: found.map((span) => ({
      timestamp: toTime(span.timestamp),
      trace_id: span.traceId,
      span_id: span.spanId,
      service: span.service,
      operation: span.operation,
      duration_ms: span.durationMs,
      status: span.status,
      attributes: { ...span.attributes },
    })),
  };
}
