import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { usePathname } from 'wouter-preact/use-browser-location';
import { Pulse, SimulatedBanner } from './elements/status-strip.tsx';
import { ThemeToggle } from './elements/theme-toggle.tsx';
import { latePage } from './late-page.tsx';
import { FleetPage } from './pages/fleet-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { routeOf, type Route } from './route.ts';

const AlertPage = latePage(async () => (await import('./pages/alert-page.tsx')).AlertPage);
const AlertsPage = latePage(async () => (await import('./pages/alerts-page.tsx')).AlertsPage);
const SubjectPage = latePage(async () => (await import('./pages/subject-page.tsx')).SubjectPage);
const TracePage = latePage(async () => (await import('./pages/trace-page.tsx')).TracePage);
const TracesPage = latePage(async () => (await import('./pages/traces-page.tsx')).TracesPage);
const ModelPage = latePage(async () => (await import('./pages/model-page.tsx')).ModelPage);
const LiveShadowPage = latePage(async () => (await import('./pages/live-shadow-page.tsx')).LiveShadowPage);
const ReplayPage = latePage(async () => (await import('./pages/replay-page.tsx')).ReplayPage);
const ReplaysPage = latePage(async () => (await import('./pages/replays-page.tsx')).ReplaysPage);
const RetrainingsPage = latePage(async () => (await import('./pages/retrainings-page.tsx')).RetrainingsPage);
const RolloutPage = latePage(async () => (await import('./pages/rollout-page.tsx')).RolloutPage);
const RolloutsPage = latePage(async () => (await import('./pages/rollouts-page.tsx')).RolloutsPage);

const NAVIGATION = [
  ['/', 'Models'],
  ['/alerts', 'Alerts'],
  ['/rollouts', 'Rollouts'],
  ['/replays', 'Replays'],
  ['/retrainings', 'Retrainings'],
] as const;

/** The whole dashboard: frame and page. */
export function App() {
  const path = usePathname();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header path={path} />
      <SimulatedBanner />
      <main id="main" ref={main} tabIndex={-1}>
        <Page key={path} route={routeOf(path)} />
      </main>
      <footer class="foot">
        Times are UTC; hold the pointer over one for yours. <a href="/docs">API</a>
      </footer>
    </>
  );
}

function Header({ path }: { readonly path: string }) {
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
  if (href === '/') return path === '/' || path.startsWith('/models');
  return path.startsWith(href) || (href === '/replays' && path.startsWith('/shadows'));
}

function Page({ route }: { readonly route: Route }): VNode {
  switch (route.page) {
    case 'fleet':
      return <FleetPage />;
    case 'model':
      return <ModelPage model={route.model} />;
    case 'subject':
      return <SubjectPage model={route.model} kind={route.kind} feature={route.feature} />;
    case 'trace':
      return <TracePage model={route.model} traceId={route.traceId} />;
    case 'traces':
      return <TracesPage model={route.model} />;
    case 'alerts':
      return <AlertsPage />;
    case 'alert':
      return <AlertPage id={route.id} />;
    case 'rollouts':
      return <RolloutsPage />;
    case 'rollout':
      return <RolloutPage id={route.id} />;
    case 'replays':
      return <ReplaysPage />;
    case 'replay':
      return <ReplayPage id={route.id} />;
    case 'shadow':
      return <LiveShadowPage id={route.id} />;
    case 'retrainings':
      return <RetrainingsPage />;
    case 'nowhere':
      break;
  }
  return <NotFoundPage />;
}
