import { useEffect, useRef } from 'preact/hooks';
import { Link, Route, Router, Switch, useLocation, type BaseLocationHook } from 'wouter-preact';
import { useBrowserLocation, useSearch } from 'wouter-preact/use-browser-location';
import { ThemeToggle } from './elements/theme-toggle.tsx';
import { SimulatedBanner, Pulse } from './elements/status-strip.tsx';
import { AlertPage } from './pages/alert-page.tsx';
import { AlertsPage } from './pages/alerts-page.tsx';
import { FleetPage } from './pages/fleet-page.tsx';
import { ModelPage } from './pages/model-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { ReplayPage } from './pages/replay-page.tsx';
import { ReplaysPage } from './pages/replays-page.tsx';
import { RetrainingsPage } from './pages/retrainings-page.tsx';
import { RolloutPage } from './pages/rollout-page.tsx';
import { RolloutsPage } from './pages/rollouts-page.tsx';
import { SubjectPage } from './pages/subject-page.tsx';
import { TracesPage } from './pages/traces-page.tsx';

type Parameters = Readonly<Record<string, string | undefined>>;

const NAVIGATION = [
  ['/', 'Models'],
  ['/alerts', 'Alerts'],
  ['/rollouts', 'Rollouts'],
  ['/replays', 'Replays'],
  ['/retrainings', 'Retrainings'],
] as const;

/** The whole dashboard: frame and routes. */
export function App() {
  return (
    <Router hook={rawLocation} searchHook={rawSearch}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <SimulatedBanner />
      <Main />
      <footer class="foot">
        Times are UTC; hold the pointer over one for yours. <a href="/docs">API</a>
      </footer>
    </Router>
  );
}

/**
 * The router decodes addresses once by itself, which would turn a name such as `a%2Fb` into another one. Its own
 * escape is escaped here, so that `text` below decodes each segment exactly once.
 */
const rawLocation: BaseLocationHook = () => {
  const [path, navigate] = useBrowserLocation();
  return [path.replaceAll('%', '%25'), navigate];
};

function rawSearch(): string {
  return useSearch().replaceAll('%', '%25');
}

function Header() {
  const [path] = useLocation();
  return (
    <header class="top">
      <Link href="/" class="brand" aria-label="Serin, all models">
        <img src="/serin.svg" alt="" width={22} height={22} />
        Serin
      </Link>
      <nav aria-label="Main">
        {NAVIGATION.map(([href, label]) => (
          <Link key={href} href={href} aria-current={isHere(path, href) ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <Pulse />
      <ThemeToggle />
    </header>
  );
}

function isHere(path: string, href: string): boolean {
  return href === '/' ? path === '/' || path.startsWith('/models') : path.startsWith(href);
}

function Main() {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  return (
    <main id="main" ref={main} tabIndex={-1}>
      <Switch>
        <Route path="/">
          <FleetPage />
        </Route>
        <Route path="/models/:model">{(at) => <ModelPage key={path} model={text(at, 'model')} />}</Route>
        <Route path="/models/:model/features/:feature">
          {(at) => <SubjectPage key={path} model={text(at, 'model')} kind="feature" feature={text(at, 'feature')} />}
        </Route>
        <Route path="/models/:model/score">
          {(at) => <SubjectPage key={path} model={text(at, 'model')} kind="score" feature="" />}
        </Route>
        <Route path="/models/:model/latency">
          {(at) => <SubjectPage key={path} model={text(at, 'model')} kind="latency" feature="" />}
        </Route>
        <Route path="/models/:model/decision">
          {(at) => <SubjectPage key={path} model={text(at, 'model')} kind="decision" feature="" />}
        </Route>
        <Route path="/models/:model/traces">{(at) => <TracesPage key={path} model={text(at, 'model')} />}</Route>
        <Route path="/alerts">
          <AlertsPage />
        </Route>
        <Route path="/alerts/:id">{(at) => <AlertPage key={path} id={text(at, 'id')} />}</Route>
        <Route path="/rollouts">
          <RolloutsPage />
        </Route>
        <Route path="/rollouts/:id">{(at) => <RolloutPage key={path} id={text(at, 'id')} />}</Route>
        <Route path="/replays">
          <ReplaysPage />
        </Route>
        <Route path="/replays/:id">{(at) => <ReplayPage key={path} id={text(at, 'id')} />}</Route>
        <Route path="/retrainings">
          <RetrainingsPage />
        </Route>
        <Route>
          <NotFoundPage />
        </Route>
      </Switch>
    </main>
  );
}

/** A segment of the address as the text that it stands for. */
function text(at: Parameters, key: string): string {
  const segment = at[key] ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
