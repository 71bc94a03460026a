import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/package-root.ts';
import { startDaemon, type RunningDaemon } from '../support/daemon.ts';
import { endRollout, replayTraffic } from './replayed-traffic.ts';

const CHROMIUM = '/usr/bin/chromium';
const installed = existsSync(CHROMIUM);
const built = existsSync(join(PACKAGE_ROOT, 'dist/dashboards/index.html'));
const missing = installed
  ? 'the dashboard is not built (npm run build)'
  : 'chromium is not installed (apt-get install chromium)';
if (!installed || !built) console.warn(`skipped: ${missing}`);

const MINUTE = 60_000;
const WINDOW = 10 * MINUTE;
const MODEL = 'fraud/50% <b>bold</b>';
const HOSTILE = '<img src=x onerror="globalThis.broken=1">';
const SHIFTED = 'amount & "more"';
const CLASS_MODEL = 'tiers <i>of</i> risk';
const CLASSES = ['genuine', HOSTILE, 'dispute'];

describe.skipIf(!installed || !built)(
  installed && built ? 'the dashboard in a real browser' : `the dashboard in a real browser (skipped: ${missing})`,
  () => {
    let daemon: RunningDaemon;
    let browser: Browser;
    let page: Page;
    let complaints: string[];

    beforeAll(async () => {
      daemon = await startDaemon({
        simulated: true,
        watch: { tick: '1s', settle: '1s' },
        alerts: { hold: '1s' },
        models: { by_name: { [MODEL]: { window: '10m', reference: '1h', slices: ['region'] } } },
      });
      await send(daemon.api);
      await untilJudged(daemon.api);
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      });
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      await daemon?.stop();
    });

    beforeEach(async () => {
      page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      complaints = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('request', (request) => request.url().startsWith(daemon.api) || complaints.push(request.url()));
    });

    afterEach(async () => {
      const broken: unknown = await page.evaluate('globalThis.broken');
      await page.close();
      expect(complaints, 'page errors, refusals of the content security policy, requests to elsewhere').toEqual([]);
      expect(broken, 'a name ran as script').toBeUndefined();
    });

    it('shows the fleet with the model that is in trouble, and that the data are made up', async () => {
      await page.goto(daemon.api);
      await page.getByRole('link', { name: MODEL }).first().waitFor();
      // Alerts and models are asked for apart, and may come in any order.
      await page.locator('.fleet-row').first().waitFor();
      expect(await page.getByText('SIMULATED').count()).toBe(1);
      expect(await page.locator('.strip').innerText()).toContain('embedded');
      expect(await page.locator('.fleet-row').count()).toBe(1);
      await page.locator('.spark').first().waitFor();
    });

    it('leads from the fleet to the model, whose name is text and nothing else', async () => {
      await page.goto(daemon.api);
      await page.locator('.fleet-name').click();
      await page.locator('.heat canvas').waitFor();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(MODEL);
      expect(await page.title()).toContain(MODEL);
      expect(await page.locator('.heat-names').innerText()).toContain(HOSTILE);
    });

    it('walks over the heat map with the keyboard and opens the feature that failed', async () => {
      await page.goto(`${daemon.api}/models/${encodeURIComponent(MODEL)}?range=6h`);
      await page.locator('.heat canvas').waitFor();
      await page.locator('.heat-cells').focus();
      await page.keyboard.press('End');
      const seen = new Set<string>();
      for (let i = 0; i < 40; i += 1) {
        const words = await page.locator('.heat-words').innerText();
        seen.add(words);
        if (words.startsWith(SHIFTED) && words.includes('fails')) break;
        await page.keyboard.press('ArrowLeft');
      }
      expect([...seen].at(-1)).toContain(`${SHIFTED}, `);
      await page.keyboard.press('Enter');
      await page.locator('.hist-current').first().waitFor();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(SHIFTED);
      expect(await page.getByRole('img', { name: /^Histogram of amount/ }).count()).toBe(1);
    });

    it('offers the heat map as a table that says insufficient and fail in words', async () => {
      await page.goto(`${daemon.api}/models/${encodeURIComponent(MODEL)}?range=6h`);
      await page.getByRole('button', { name: 'As a table' }).click();
      const table = page.locator('.heat-table');
      await table.waitFor();
      expect(await table.innerText()).toMatch(/fail [\d.]+ \/ [\d.]+/);
    });

    it('keeps the chosen time in the address', async () => {
      await page.goto(`${daemon.api}/models/${encodeURIComponent(MODEL)}`);
      await page.getByRole('button', { name: 'last 6h' }).click();
      expect(new URL(page.url()).searchParams.get('range')).toBe('6h');
      await page.reload();
      expect(await page.getByRole('button', { name: 'last 6h' }).getAttribute('aria-pressed')).toBe('true');
    });

    it('has a heading, landmarks and a name for every control on each page', async () => {
      const model = `/models/${encodeURIComponent(MODEL)}`;
      for (const path of [
        '/',
        model,
        `${model}/score`,
        `${model}/traces`,
        '/alerts',
        '/rollouts',
        '/replays',
        '/retrainings',
      ]) {
        await page.goto(daemon.api + path);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        expect(await page.getByRole('heading', { level: 1 }).count(), path).toBe(1);
        expect(await page.getByRole('main').count(), path).toBe(1);
        expect(await nameless(page), path).toEqual([]);
      }
    });

    it('says what the daemon says of a model that does not exist', async () => {
      await page.goto(`${daemon.api}/models/nobody`);
      expect(await page.getByRole('alert').innerText()).toContain('unknown_model');
      complaints = complaints.filter((text) => !text.includes('404'));
    });

    it('remembers the theme', async () => {
      await page.goto(daemon.api);
      await page.getByRole('button', { name: /^Theme/ }).click();
      await page.getByRole('button', { name: /^Theme/ }).click();
      await page.reload();
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    });

    it('paints the largest part of the page, and says after how long', async () => {
      await page.goto(daemon.api);
      await page.locator('.fleet-row').waitFor();
      const painted: unknown = await page.evaluate(
        `new Promise((found) => new PerformanceObserver((list) => found(list.getEntries().at(-1).startTime))
          .observe({ type: 'largest-contentful-paint', buffered: true }))`,
      );
      console.log(`largest contentful paint after ${Math.round(Number(painted))} ms`);
      expect(Number(painted)).toBeGreaterThan(0);
    });

    it('shows replays, live shadows and rollouts, of one score and of classes whose names are text and nothing else', async () => {
      const [ofScores, ofClasses] = await Promise.all([
        replayTraffic(daemon, { name: 'one score' }),
        replayTraffic(daemon, { name: CLASS_MODEL, classes: CLASSES }),
      ]);
      for (const path of [ofScores, ofClasses].flatMap(({ replay, shadow, rollout }) => [replay, shadow, rollout])) {
        await page.goto(daemon.api + path);
        await page.getByText('Noise floor').first().waitFor();
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        expect(await page.getByRole('heading', { level: 1 }).count(), path).toBe(1);
        expect(await page.getByRole('main').count(), path).toBe(1);
        expect(await nameless(page), path).toEqual([]);
      }
      await page.goto(daemon.api + ofScores.replay);
      await page.getByText('No label was known when it was compared').waitFor();
      expect(await page.locator('section.panel[aria-label="Dearest flips"]').innerText()).toContain(
        'approve → decline',
      );
      await page.goto(daemon.api + ofClasses.replay);
      const changes = page.getByRole('region', { name: /^From the class of the control/ });
      await changes.waitFor();
      expect(await changes.innerText()).toMatch(/dispute\s+genuine/);
      expect(await page.getByRole('region', { name: 'Class by class' }).innerText()).toContain(HOSTILE);
      expect(await page.locator('section.panel[aria-label="Dearest flips"]').innerText()).toContain(
        'dispute → genuine',
      );
      await page.goto(`${daemon.api}/replays`);
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      expect(await page.locator('section.panel[aria-label="Live shadows"]').innerText()).toMatch(/running\s+50\s+0\s/);
      await endRollout(daemon, ofClasses);
      await page.goto(daemon.api + ofClasses.shadow);
      await page.getByText('No label was known when it was looked at last').waitFor();
      expect(await page.getByText('when they come').count()).toBe(0);
    }, 60_000);
  },
);

/** Links, buttons and fields without a name that can be read aloud. */
async function nameless(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('a, button, input, select, summary')]
    .filter((found) => !(found.getAttribute('aria-label') || found.textContent.trim() || found.title || found.labels?.length))
    .map((found) => found.outerHTML)`);
}

/** Two hours of predictions; in the last half hour one feature is ten times larger. */
async function send(api: string): Promise<void> {
  const end = Math.floor(Date.now() / WINDOW) * WINDOW;
  const lines: string[] = [];
  for (let i = 0; i < 12 * 600; i += 1) {
    const timestamp = end - 12 * WINDOW + i * 1000;
    const amount = Math.exp(Math.sin(i * 12.9898) * 2) * (timestamp >= end - 3 * WINDOW ? 10 : 1);
    lines.push(
      JSON.stringify({
        prediction_id: `p${i}`,
        model: MODEL,
        version: '1',
        timestamp,
        features: { [SHIFTED]: amount, [HOSTILE]: i % 7, country: ['DE', 'FR', 'US'][i % 3] },
        score: (i % 100) / 100,
        decision: i % 100 >= 50 ? 'decline' : 'approve',
        tags: { region: i % 2 === 0 ? 'EU' : '<script>globalThis.broken=2</script>' },
      }),
    );
  }
  const answer = await fetch(`${api}/v1/predictions`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  expect(await answer.json()).toMatchObject({ accepted: lines.length, rejected: 0 });
}

async function untilJudged(api: string): Promise<void> {
  const query = new URLSearchParams({ model: MODEL, feature: SHIFTED, state: 'fail' });
  for (let i = 0; i < 400; i += 1) {
    const answer = await fetch(`${api}/v1/findings?${query.toString()}`);
    if ((await answer.text()).includes('"state":"fail"')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('no window was judged');
}
