import { Facts } from '../elements/facts.tsx';
import { Link } from 'wouter-preact';
import type { AlertDetail, Finding } from '../../daemon/api/contract.ts';
import { api } from '../api.ts';
import { pagePath } from '../api-path.ts';
import { StateBadge } from '../elements/badge.tsx';
import { Crumbs } from '../elements/crumbs.tsx';
import { Loaded } from '../elements/loaded.tsx';
import { Panel } from '../elements/panel.tsx';
import { When, WhenText } from '../elements/when.tsx';
import { formatCount, formatNumber } from '../format-number.ts';
import { useLive } from '../live.ts';
import { useModel } from '../model-view.ts';
import { TracesOf } from '../elements/traces-of.tsx';
import { subjectPath } from '../subject-path.ts';
import { versionWords } from '../versions.ts';
import { useTitle } from '../use-title.ts';
import { AlertActions } from './alert/alert-actions.tsx';
import { AlertHistory } from './alert/alert-history.tsx';
import { AlertPicture } from './alert/alert-picture.tsx';

const MOST_FINDINGS = 200;

/** One alert: what broke, since when, for whom, how sure, a picture, and what to do about it. */
export function AlertPage({ id }: { readonly id: string }) {
  const live = useLive(`alert ${id}`, () => api.alert(id));
  useTitle(live.data ? `${live.data.model} ${live.data.feature ?? ''}`.trim() : 'Alert');
  return (
    <>
      <Crumbs
        path={[
          ['/', 'Models'],
          ['/alerts', 'Alerts'],
        ]}
      />
      <Loaded live={live} rows={8}>
        {(alert) => <Alert alert={alert} />}
      </Loaded>
    </>
  );
}

function Alert({ alert }: { readonly alert: AlertDetail }) {
  const model = useModel(alert.model).data;
  const { model: name, version, slice, detector, feature } = alert;
  const finding = useLive(
    `finding ${alert.finding}`,
    async () =>
      newestFinding(
        (await api.findings({ model: name, version, slice, detector, feature, limit: MOST_FINDINGS })).findings,
        alert,
      ),
    15_000,
  ).data;
  return (
    <>
      <div class="page-head">
        <h1>
          {alert.model}
          {alert.feature && <span class="against">: {alert.feature}</span>}
        </h1>
        <p class="lead">
          <StateBadge state={alert.state} /> since <When ms={Date.parse(alert.since)} /> UTC (
          <When ms={Date.parse(alert.since)} as="ago" />)
          {alert.acknowledged_by && ` · acknowledged by ${alert.acknowledged_by}`}
          {alert.silenced && ' · silenced'}
        </p>
      </div>
      <Panel
        title="What broke"
        actions={
          <span class="links">
            {finding && <Link href={subjectPath(finding)}>Look at the window</Link>}
            {finding && <TracesOf finding={finding} />}
            <Link
              href={pagePath(['models', alert.model], {
                slice: alert.slice,
                from: finding?.window.from,
                to: finding?.window.to,
              })}
            >
              The model then
            </Link>
            {model && model.services.length > 0 && finding?.links.slowest_traces === undefined && (
              <Link
                href={pagePath(['models', alert.model, 'traces'], {
                  from: finding?.window.from,
                  to: finding?.window.to,
                })}
              >
                The transactions
              </Link>
            )}
          </span>
        }
      >
        <p class="sentence large">
          {alert.reason}
          {alert.impact && `; ${alert.impact.says}`}
        </p>
        <AlertFacts alert={alert} finding={finding} />
        {finding && <AlertPicture alert={alert} finding={finding} />}
      </Panel>
      <AlertActions alert={alert} />
      <AlertHistory alert={alert} />
    </>
  );
}

/** The finding behind the alert, else the newest like it. */
function newestFinding(findings: readonly Finding[], alert: AlertDetail): Finding | null {
  const exact = findings.find(({ id }) => id === alert.finding);
  return exact ?? [...findings].sort((a, b) => b.window.from.localeCompare(a.window.from))[0] ?? null;
}

function intervalOf(finding: Finding | null | undefined): [string, string][] {
  if (!finding?.interval) return [];
  const [low, high] = finding.interval;
  return [['Interval', `${formatNumber(low)} to ${formatNumber(high)}`]];
}

function AlertFacts({ alert, finding }: { readonly alert: AlertDetail; readonly finding: Finding | null | undefined }) {
  return (
    <Facts
      of={[
        [alert.detector, `${formatNumber(alert.statistic)}, limit ${formatNumber(alert.limit)}`],
        ...intervalOf(finding),
        ['Rests on', finding ? `${formatCount(finding.count)} records` : '–'],
        ['Slice', alert.slice === 'all' ? 'all traffic' : alert.slice],
        ['Judged', versionWords(alert.version)],
        ['Fired', <WhenText time={alert.fired_at} none="not yet" />],
        ['Resolved', <WhenText time={alert.resolved_at} none="not yet" />],
      ]}
    />
  );
}
