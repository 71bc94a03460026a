import { Link } from 'wouter-preact';
import type { Distribution, Model } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { ViewBar } from '../elements/view-bar.tsx';
import { formatShare } from '../format-number.ts';
import { millis, utcSpan } from '../format-time.ts';
import { useLive } from '../live.ts';
import { useModel, useModelView, type ModelView } from '../model-view.ts';
import { useTitle } from '../use-title.ts';
import { DistributionNumbers } from './subject/distribution-numbers.tsx';
import { DistributionPicture } from './subject/distribution-picture.tsx';
import { ShiftPanel } from './subject/shift-panel.tsx';
import { SliceMultiples } from './subject/slice-multiples.tsx';
import { StatisticPanel } from './subject/statistic-panel.tsx';

export type Kind = 'feature' | 'score' | 'latency' | 'decision';

interface SubjectPageProps {
  readonly model: string;
  readonly kind: Kind;
  /** Of a score the class that it is of, as findings name it; else empty unless the kind is `feature`. */
  readonly feature: string;
}

/** One feature, or the score, the latency or the decisions: its values now against its reference. */
export function SubjectPage({ model: name, kind, feature }: SubjectPageProps) {
  const title = feature || `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)}`;
  useTitle(title, name);
  const model = useModel(name);
  const view = useModelView(model.data);
  const live = useLive(
    model.data ? `distribution ${name} ${kind} ${feature} ${view.key}` : null,
    () => api.distribution(name, { ...view.ask(), kind, feature }),
    10_000,
  );
  return (
    <>
      <Crumbs
        path={[
          ['/', 'Models'],
          [pagePath(['models', name], view.keep()), name],
        ]}
      />
      <div class="page-head">
        <h1>{title}</h1>
        {kind === 'feature' && <p class="lead">a feature of {name}</p>}
      </div>
      <ViewBar model={model.data} view={view} />
      <Panel
        title="Window against reference"
        note={<Legend live={live.data} />}
        actions={<Traces model={model.data} view={view} />}
      >
        <Loaded live={model.error ? { ...live, error: model.error } : live} rows={8}>
          {(distribution) => (
            <div class="split">
              <DistributionPicture distribution={distribution} unit={unitOf(kind, title)} />
              <DistributionNumbers distribution={distribution} kind={kind} />
            </div>
          )}
        </Loaded>
      </Panel>
      {model.data && (
        <>
          {(kind === 'feature' || (kind === 'score' && feature === '')) && (
            <ShiftPanel model={model.data} view={view} kind={kind} feature={feature} />
          )}
          <StatisticPanel model={model.data} view={view} kind={kind} feature={feature} />
          <SliceMultiples model={model.data} view={view} kind={kind} feature={feature} />
        </>
      )}
    </>
  );
}

function unitOf(kind: Kind, title: string): string {
  return kind === 'latency' ? 'milliseconds' : kind === 'score' ? 'score' : title;
}

function Legend({ live }: { readonly live: Distribution | undefined }) {
  if (!live) return <>Shares of the records that have a value</>;
  const { window, reference, current } = live;
  return (
    <>
      <i class="swatch swatch-current" /> window {utcSpan(millis(window.from), millis(window.to))} UTC
      {reference === null ? (
        ' · no reference yet'
      ) : (
        <>
          {' '}
          <i class="swatch swatch-expected" /> reference {utcSpan(millis(reference.from), millis(reference.to))} UTC
        </>
      )}
      {current.count > 0 && ` · ${formatShare(current.missing / current.count)} missing`}
    </>
  );
}

function Traces({ model, view }: { readonly model: Model | undefined; readonly view: ModelView }) {
  if (!model || model.services.length === 0) return null;
  return (
    <span class="links">
      {model.services.map((service) => (
        <Link key={service} href={pagePath(['models', model.model, 'traces'], { service, ...view.keepTime() })}>
          Traces of {service}
        </Link>
      ))}
    </span>
  );
}
