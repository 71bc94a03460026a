import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/package-root.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { startApiDouble, type Answers } from './api-double.ts';
import { runCommand } from './run-command.ts';

const COMMANDS = [
  'start',
  'demo',
  'check',
  'verdict',
  'end',
  'replay',
  'evaluate',
  'shift',
  'reference',
  'snapshot',
  'retry',
  'doctor',
];

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function double(answers: Answers) {
  const api = await startApiDouble(answers);
  open.push(() => api.close());
  return api;
}

const verdict = (word: string, reasons: readonly string[] = ['because']) => ({
  body: {
    verdict: word,
    reasons,
    checks: [
      {
        name: 'decline_rate',
        slice: 'all',
        harm: 0.01,
        margin: 0.02,
        interval: [0.005, 0.015],
        e_value: 3,
        events: 1200,
        events_needed: 0,
        state: 'safe',
        reason: 'fine',
      },
    ],
    stage: 0,
    decision: 'd1',
    as_of: '2026-03-01T00:00:00.000Z',
    evidence_url: 'http://127.0.0.1:7374/rollouts/r1',
  },
});

describe('the command line', () => {
  it('lists every command, and each explains itself', async () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await runCommand(['--version'])).toMatchObject({ stdout: `${version}\n`, exitCode: 0 });
    const { stdout, exitCode } = await runCommand(['--help']);
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) {
      expect(stdout).toContain(`  ${command} `);
      const help = await runCommand([command, '--help']);
      expect(help.exitCode).toBe(0);
      expect(help.stdout).toContain(`Usage: serin ${command}`);
    }
  });

  it('names the nearest command for an unknown one and fails', async () => {
    const { exitCode, stderr } = await runCommand(['verdct', 'r1']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('verdict');
  });

  it('tells default times as a person would, and names the help of the command that was called wrongly', async () => {
    expect((await runCommand(['replay', '--help'])).stdout).toMatch(/default: 1d ago.*default: now/s);
    expect((await runCommand(['verdict'])).stderr).toContain('serin verdict --help explains it');
  });

  it('hands the options of start over', async () => {
    const { exitCode, started } = await runCommand(['start', '--config', 'a.yaml', '--data', 'd']);
    expect(exitCode).toBe(0);
    expect(started).toEqual([{ config: 'a.yaml', data: 'd' }]);
  });

  it('says how to start a daemon where none answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const { exitCode, stderr } = await runCommand(['verdict', 'r1', '--url', `http://127.0.0.1:${port}`]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`no daemon answers at http://127.0.0.1:${port}`);
    expect(stderr).toContain('serin start');
  });

  it('prints the message and the hint of an error of the API', async () => {
    const api = await double({
      'GET /v1/rollouts/nope/verdict': {
        status: 404,
        body: { error: { code: 'unknown_id', message: 'There is no rollout nope.', field: 'id', hint: 'List them.' } },
      },
    });
    const { exitCode, stderr } = await runCommand(['verdict', 'nope'], { env: { SERIN_URL: api.url } });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no rollout nope. (id) [unknown_id]');
    expect(stderr).toContain('List them.');
  });

  it('does not take another server for the API', async () => {
    const api = await double({ 'GET /v1/rollouts/r1/verdict': { body: '<html>' } });
    const { exitCode, stderr } = await runCommand(['verdict', 'r1', '--url', api.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('did not answer with JSON');
  });
});

describe('serin verdict', () => {
  it('names the class that a check is about', async () => {
    const { body } = verdict('promote');
    const checks = ['fraud', 'dispute'].map((one) => ({ ...body.checks[0], name: 'class_rate', class: one }));
    const api = await double({ 'GET /v1/rollouts/r1/verdict': { body: { ...body, checks } } });
    const { stdout } = await runCommand(['verdict', 'r1', '--url', api.url]);
    expect(stdout).toMatch(/^class_rate fraud +all +safe/m);
    expect(stdout).toMatch(/^class_rate dispute +all +safe/m);
  });

  it('says whether a stored decision comes to the same again: exit 0 when equal, 1 when not, and where they differ', async () => {
    const check = { name: 'errors', slice: 'all', harm: 0.01 };
    const decision = { verdict: 'hold', reasons: ['too early'], checks: [check], as_of: '2026-05-01T00:00:00Z' };
    const other = { ...decision, verdict: 'promote', reasons: ['all is well'], checks: [{ ...check, harm: 0.02 }] };
    const path = 'GET /v1/rollouts/r1/decisions/d1/recomputed';
    const run = async (body: object, ...more: string[]) => {
      const api = await double({ [path]: { body } });
      return runCommand(['verdict', 'r1', '--recompute', 'd1', ...more, '--url', api.url]);
    };
    const same = await run({ equal: true, stored: decision, recomputed: decision });
    expect(same.exitCode).toBe(0);
    expect(same.stdout).toBe('equal: hold, and all numbers of 1 checks, as of 2026-05-01T00:00:00Z\n');
    const differs = await run({ equal: false, stored: decision, recomputed: other });
    expect(differs.exitCode).toBe(1);
    expect(differs.stdout).toMatch(/^not equal: stored hold, recomputed promote\n/);
    expect(differs.stdout).toContain('"harm":0.02');
    const asJson = await run({ equal: false, stored: decision, recomputed: other }, '--json');
    expect(asJson.exitCode).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ equal: false });
    const unknown = await runCommand(['verdict', 'r1', '--recompute', 'nope', '--url', (await double({})).url]);
    expect(unknown.exitCode).toBe(1);
  });

  it('answers with the exit code of the verdict', async () => {
    for (const [word, code] of [
      ['promote', 0],
      ['hold', 10],
      ['rollback', 20],
      ['inconclusive', 30],
    ] as const) {
      const api = await double({ 'GET /v1/rollouts/r%201/verdict': verdict(word) });
      const { exitCode, stdout } = await runCommand(['verdict', 'r 1', '--url', api.url]);
      expect(exitCode).toBe(code);
      expect(stdout.split('\n')[0]).toBe(word);
      expect(stdout).toMatch(/decline_rate\s+all\s+safe/);
    }
  });

  it('asks again while it waits, until there is a decision', async () => {
    const api = await double({ 'GET /v1/rollouts/r1/verdict': [verdict('hold'), verdict('promote')] });
    const { exitCode, stderr } = await runCommand(['verdict', 'r1', '--wait', '30s', '--url', api.url], {
      terminal: true,
    });
    expect(exitCode).toBe(0);
    expect(api.heard).toHaveLength(2);
    expect(stderr).toContain('hold, 30 s left');
  });

  it('ends with hold when the time is up, and shows no progress off a terminal', async () => {
    const api = await double({ 'GET /v1/rollouts/r1/verdict': verdict('hold') });
    const { exitCode, stderr } = await runCommand(['verdict', 'r1', '--wait', '1s', '--url', api.url]);
    expect(exitCode).toBe(10);
    expect(api.heard.length).toBeGreaterThan(1);
    expect(stderr).toBe('');
  });

  it('prints one JSON document with --json', async () => {
    const api = await double({ 'GET /v1/rollouts/r1/verdict': verdict('rollback') });
    const { stdout } = await runCommand(['verdict', 'r1', '--json', '--url', api.url]);
    expect(JSON.parse(stdout)).toEqual(verdict('rollback').body);
  });

  it('refuses a length of time without a unit', async () => {
    const { exitCode, stderr } = await runCommand(['verdict', 'r1', '--wait', '30']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('30s, 5m or 2h');
  });

  it('keeps control characters of reasons away from the terminal', async () => {
    const api = await double({ 'GET /v1/rollouts/r1/verdict': verdict('hold', ['evil \u001B[2J name']) });
    const { stdout } = await runCommand(['verdict', 'r1', '--url', api.url]);
    expect(stdout).not.toContain('\u001B');
    expect(stdout).toContain('evil  [2J name');
  });
});

describe('serin end', () => {
  const rollout = { id: 'r1', model: 'm', candidate: 'v\u001B[2J2', state: 'rolled_back' };

  it('says who ends a rollout, how and why', async () => {
    const api = await double({ 'POST /v1/rollouts/r1/end': { body: rollout } });
    const asked = ['end', 'r1', '--as', 'rollback', '--reason', 'complaints', '--url', api.url];
    const { exitCode, stdout } = await runCommand(asked, { env: { USER: 'ada' } });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^rollout r1 of m v.*2 is rolled back\n$/);
    expect(stdout).not.toContain('\u001B');
    expect(api.heard[0]?.body).toEqual({ verdict: 'rollback', by: 'ada', reason: 'complaints' });
    expect((await runCommand([...asked, '--by', 'grace'], { env: { USER: 'ada' } })).exitCode).toBe(0);
    expect(api.heard[1]?.body).toMatchObject({ by: 'grace' });
  });

  it('asks for what is missing', async () => {
    const missing = async (...argv: string[]) => (await runCommand(['end', 'r1', ...argv])).stderr;
    expect(await missing('--reason', 'x')).toContain('--as');
    expect(await missing('--as', 'promote', '--reason', 'x')).toContain('rollback, inconclusive');
    expect(await missing('--as', 'rollback')).toContain('--reason');
    expect(await missing('--as', 'rollback', '--reason', 'x')).toContain('--by');
  });
});

describe('serin replay', () => {
  const accuracy = (missed: number, wronglyDeclined: number) => ({
    auc: 0.9,
    recall: 0.5,
    precision: 0.5,
    false_positive_rate: 0.02,
    missed_value: missed,
    wrongly_declined_value: wronglyDeclined,
    brier: 0.1,
    log_loss: 0.3,
    calibration_error: 0.01,
  });
  const comparison = {
    slice: 'all',
    recorded: 100,
    replayed: 100,
    failed: 0,
    errors: {},
    flips: {
      to_decline: 3,
      to_approve: 1,
      share: 0.04,
      interval: [0.016, 0.098],
      ways: {
        to_decline: { share: 0.03, interval: [0.01, 0.08] },
        to_approve: { share: 0.01, interval: [0.002, 0.05] },
      },
      value_to_decline: 90,
      value_to_approve: 5,
    },
    score_shift: { mean: 0.01, interval: [0, 0.02], control_mean: 0.1, candidate_mean: 0.11 },
    rank_correlation: 0.97,
    decline_rates: { control: 0.02, candidate: 0.04 },
    labelled: {
      count: 50,
      positives: 5,
      represents: 50,
      effective: 50,
      control_auc: 0.9,
      candidate_auc: 0.93,
      only_control_right: 1,
      only_candidate_right: 4,
      mcnemar_p: 0.2,
      control: accuracy(700, 40),
      candidate: accuracy(300, 55),
    },
  };
  const replay = (state: string, replayed: number) => ({
    body: {
      id: 'p1',
      model: 'm',
      candidate: 'v2',
      control: 'v1',
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-02T00:00:00.000Z',
      state,
      waiting:
        state === 'running' && replayed < 10
          ? {
              reason: 'the store: \u001B[2Jconnection refused',
              since: '2026-03-02T00:00:00.000Z',
              attempts: 3,
              again_at: '2026-03-02T00:00:07.000Z',
            }
          : null,
      recorded: 100,
      replayed,
      rows_per_second: 5000,
      backend: 'wasm',
      error: state === 'failed' ? 'the model file is gone' : null,
      noise_floor: { flips: 0.05, score: 0.01, replayed: 100, bias: -0.01, differing: 0.2 },
      comparison: state === 'done' ? comparison : null,
      slices: [{ ...comparison, slice: 'region=\u001B[2JEU' }],
      examples: {
        to_decline: [
          {
            prediction_id: 'pay-1',
            version: 'v1',
            timestamp: '2026-03-01T12:00:00.000Z',
            control_score: 0.4,
            candidate_score: 0.6,
            value: 60,
            trace_id: 'abc',
            tags: {},
          },
        ],
        to_approve: [],
      },
      latency: null,
      attribution:
        state === 'done'
          ? [
              { feature: 'amount', flips: 0.75, shift: 0.2 },
              { feature: 'age', flips: 0, shift: 0.03 },
              { feature: 'unread', flips: 0, shift: 0 },
            ]
          : null,
      explained: { flips: 4, predictions: 96 },
      pace: null,
      stratified: false,
      population: 100,
      seconds_left: state === 'running' ? 7 : null,
      started_at: '2026-03-02T00:00:00.000Z',
      finished_at: null,
    },
  });
  const argv = ['replay', '--model', 'm', '--candidate', 'v2', '--from', '2026-03-01T00:00:00Z', '--limit', '100'];

  it('starts a replay, follows it, and prints the comparison', async () => {
    const api = await double({
      'POST /v1/replays': { status: 202, body: { id: 'p1' } },
      'GET /v1/replays/p1': [replay('running', 40), replay('done', 100)],
      'GET /v1/models/m': { body: { model: 'm', value_unit: 'EUR' } },
    });
    const { exitCode, stdout, stderr } = await runCommand([...argv, '--url', api.url], { terminal: true });
    expect(exitCode).toBe(0);
    expect(api.heard[0]?.body).toMatchObject({
      model: 'm',
      candidate: 'v2',
      from: '2026-03-01T00:00:00.000Z',
      limit: 100,
    });
    expect(api.heard[0]?.body).not.toHaveProperty('url');
    expect(stderr).toContain('40 of 100, 5000 a second, 7 s left');
    expect(stdout).toContain('v2 replayed 100 of 100 recorded predictions on wasm');
    expect(stdout).toContain('v2 would decide 4 predictions differently: 4.00 % (95 % interval 1.60 % to 9.80 %)');
    expect(stdout).toMatch(/approved, would be declined\s+3\s+90 EUR at stake, 3.00 % \(1.00 % to 8.00 %\)/);
    expect(stdout).toContain('700 EUR -> 300 EUR (-400 EUR)');
    expect(stdout).toContain('40 EUR -> 55 EUR (+15 EUR)');
    expect(stdout).toContain('the flips and the score shift above are within it, which is no difference');
    expect(stdout).toContain("TRAINING/SERVING SKEW: 20.00 % of the control's scores cannot be reproduced");
    expect(stdout).toMatch(/region= \[2JEU\s+100\s+4\.00 %/);
    expect(stdout).toMatch(/amount\s+75\.00 %\s+0\.2/);
    expect(stdout).toMatch(/age\s+0(\.00)? %\s+0\.03/);
    expect(stdout).not.toContain('unread');
    expect(stdout).toContain('why: 4 flips and 96 random predictions with one feature replaced by that of others');
    expect(stdout).toMatch(/approve -> decline\s+pay-1\s+\S+\s+60 EUR\s+0\.4/);
    expect(stdout).not.toContain('\u001B');
  });

  it('prints class by class what a candidate that tells classes apart decides otherwise', async () => {
    const accuracyOf = (value: number) => ({ accuracy: value, macro_f1: value, log_loss: value });
    const difference = { mean: -0.1, interval: [-0.2, 0.05] };
    const change = { from: 'fraud', to: 'dis\u001B[2Jpute', count: 7, share: 0.07, interval: [0.03, 0.13], value: 70 };
    const of = {
      slice: 'all',
      recorded: 100,
      replayed: 100,
      failed: 2,
      errors: { timeout: 2 },
      flips: { count: 7, share: 0.07, interval: [0.03, 0.13], value: 70, changes: [change] },
      classes: [
        {
          name: 'fraud',
          shares: { control: 0.4, candidate: 0.33 },
          mean_scores: { control: 0.4, candidate: 0.35 },
          shift: -0.05,
          interval: [-0.06, -0.04],
        },
      ],
      distance: { mean: 0.08, interval: [0.07, 0.09] },
      labelled: {
        count: 50,
        represents: 50,
        effective: 50,
        only_control_right: 1,
        only_candidate_right: 5,
        mcnemar_p: 0.21875,
        control: accuracyOf(0.5),
        candidate: accuracyOf(0.75),
        accuracy_difference: difference,
        log_loss_difference: difference,
      },
    };
    const { body } = replay('done', 100);
    const { to_decline: examples } = body.examples;
    const classes = {
      comparison: of,
      slices: [{ ...of, slice: 'region=EU', labelled: { ...of.labelled, control: { accuracy: null } } }],
      examples: examples.map((flip) => ({ ...flip, from: 'fraud', to: 'dispute' })),
    };
    const api = await double({
      'POST /v1/replays': { status: 202, body: { id: 'p1' } },
      'GET /v1/replays/p1': { body: { ...body, comparison: null, slices: [], classes } },
      'GET /v1/models/m': { body: { model: 'm', value_unit: 'EUR' } },
    });
    const { exitCode, stdout } = await runCommand([...argv, '--url', api.url]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'v2 would put 7 predictions into another class: 7.00 % (95 % interval 3.00 % to 13.00 %), 70 EUR at stake',
    );
    expect(stdout).toContain(
      'the scores of the two are 0.08000 apart on average (0.07000 to 0.09000; total variation)',
    );
    expect(stdout).toContain('2 got no scores: timeout 2');
    expect(stdout).toContain(
      'accuracy 50.00 % -> 75.00 %, macro F1 0.5000 -> 0.7500, log loss 0.5000 -> 0.7500 (-0.2000 to 0.05000)',
    );
    expect(stdout).toMatch(/fraud\s+dis \[2Jpute\s+7\s+7\.00 %\s+3\.00 % \.\. 13\.00 %\s+70 EUR/);
    expect(stdout).toMatch(/fraud\s+40\.00 %\s+33\.00 %\s+0\.4000 -> 0\.3500\s+-0\.05000/);
    expect(stdout).toMatch(/region=EU\s+100\s+7\.00 %.*- -> 75\.00 %/);
    expect(stdout).toMatch(/fraud -> dispute\s+pay-1/);
    expect(stdout).toMatch(/amount\s+75\.00 %/);
    expect(stdout).not.toContain('\u001B');
  });

  it('says of a sample what is told of it, and what of the whole', async () => {
    const { body } = replay('done', 100);
    const labelled = { ...comparison.labelled, represents: 500 };
    const sampled = {
      ...body,
      population: 1000,
      comparison: { ...comparison, labelled, failed: 2, errors: { timeout: 2 } },
    };
    const api = await double({
      'POST /v1/replays': { status: 202, body: { id: 'p1' } },
      'GET /v1/replays/p1': { body: sampled },
      'GET /v1/models/m': { body: { model: 'm', value_unit: 'EUR' } },
    });
    const { stdout } = await runCommand([...argv, '--url', api.url]);
    expect(stdout).toContain(
      'a stratified sample: flips, shares and money below are those of all 1,000, worked out from it',
    );
    expect(stdout).toContain('2 of the sample got no score: timeout 2');
    expect(stdout).toContain(
      'on 50 labelled predictions, 5 of them positive (a sample; money and shares are those of all 500):',
    );
    expect(stdout).toMatch(/slice\s+in sample\s+flips/);
  });

  it('fails with the reason when the replay failed', async () => {
    const api = await double({
      'POST /v1/replays': { status: 202, body: { id: 'p1' } },
      'GET /v1/replays/p1': replay('failed', 10),
    });
    const { exitCode, stderr } = await runCommand([...argv, '--url', api.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the model file is gone');
  });

  it('says what a replay waits for, and cancels it on Ctrl-C', async () => {
    let interrupt = (): void => undefined;
    const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
    const api = await double({
      'POST /v1/replays': { status: 202, body: { id: 'p1' } },
      'GET /v1/replays/p1': [replay('running', 4), replay('running', 5), replay('cancelled', 5)],
      'DELETE /v1/replays/p1': replay('cancelled', 5),
    });
    interrupt();
    const { exitCode, stderr, stdout } = await runCommand([...argv, '--url', api.url], { interrupted });
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(
      stderr.match(/waiting for the store: .*connection refused; tried 3 times, again at 2026-03-02T00:00:07/g),
    ).toHaveLength(1);
    expect(stderr).not.toContain('\u001B[2J');
    expect(stderr).toContain('the replay was cancelled: 5 of 100 predictions were replayed');
    expect(api.heard.map(({ method }) => method)).toContain('DELETE');
  });

  it('cancels a replay by its id', async () => {
    const api = await double({ 'DELETE /v1/replays/p1': replay('cancelled', 5) });
    const { exitCode, stderr } = await runCommand(['replay', '--cancel', 'p1', '--url', api.url]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('replay p1 is cancelled: 5 of 100 predictions were replayed\n');
  });

  it('refuses a time that is none, and asks for what is missing', async () => {
    expect((await runCommand(['replay', '--model', 'm', '--candidate', 'v', '--from', 'yesterday'])).exitCode).toBe(1);
    const { exitCode, stderr } = await runCommand(['replay', '--model', 'm']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--candidate');
  });
});

describe('serin evaluate', () => {
  it('asks for the stretch and prints what failed', async () => {
    const finding = {
      state: 'fail',
      detector: 'psi',
      slice: 'all',
      feature: 'amount',
      statistic: 2.5,
      limit: 0.1,
      reason: 'moved',
    };
    const links = { subject: 'http://s/m', slowest_traces: 'http://s/slow', failing_traces: 'http://s/failed' };
    const slow = { ...finding, detector: 'latency_shift', feature: 'scorer/predict', links };
    const api = await double({
      'POST /v1/evaluations': {
        body: {
          windows: [
            {
              from: 'a',
              to: 'b',
              count: 9,
              findings: [finding, slow, { ...finding, state: 'pass', feature: 'age', statistic: null }],
            },
          ],
        },
      },
    });
    const argv = ['evaluate', '--model', 'm', '--reference-from', '2w', '--reference-to', '1w', '--from', '1w'];
    const { stdout } = await runCommand([...argv, '--slices', 'region, tier', '--url', api.url]);
    expect(api.heard[0]?.body).toMatchObject({ model: 'm', window: '1d', slices: ['region', 'tier'] });
    expect(stdout).toContain('9 predictions, 2 fail, 1 pass, 0 insufficient');
    expect(stdout).toMatch(/fail\s+psi\s+all\s+amount\s+2\.500\s+0\.1000\s+moved/);
    expect(stdout).toContain('scorer/predict\n  slowest: http://s/slow\n  failing: http://s/failed\n');
    expect(stdout).not.toContain('age');
    await runCommand(['evaluate', '--model', 'm', '--reference', 'ref-1', '--from', '1w', '--url', api.url]);
    expect(api.heard[1]?.body).toMatchObject({ reference: { id: 'ref-1' } });
    for (const more of [[], ['--reference', 'ref-1', '--reference-to', '1w'], ['--reference-from', '2w']]) {
      const refused = await runCommand(['evaluate', '--model', 'm', '--from', '1w', ...more, '--url', api.url]);
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('--reference, or --reference-from and --reference-to');
    }
    expect(api.heard.length).toBe(2);
  });
});

describe('serin shift', () => {
  const found = {
    window: { from: 'a', to: 'b' },
    reference: { from: 'c', to: 'd' },
    rows: { window: 900, reference: 1000 },
    searched: 12,
    shifted: true,
    slices: [{ slice: 'region=EU', share: 0.98, interval: [0.95, 1.01], traffic: 0.21, traffic_before: 0.2, says: '' }],
  };

  it('prints the slices that carry the shift of a feature, and nothing else where there is none', async () => {
    const api = await double({ 'GET /v1/models/m/shift': { body: found } });
    const { stdout, exitCode } = await runCommand(['shift', '--model', 'm', '--feature', 'amount', '--url', api.url]);
    expect(exitCode).toBe(0);
    expect(api.heard[0]?.path).toMatch(/kind=feature&feature=amount&from=.*&to=/);
    expect(stdout).toContain('900 predictions against 1000 of the reference, 12 slices searched: these carry more');
    expect(stdout).toMatch(/region=EU\s+98\.00 %\s+95\.00 % to 101\.00 %\s+21\.00 %\s+20\.00 %/);
    const still = await double({ 'GET /v1/models/m/shift': { body: { ...found, shifted: false, slices: [] } } });
    const score = await runCommand(['shift', '--model', 'm', '--score', '--url', still.url]);
    expect(score.stdout).toContain('nothing shifted beyond what chance does');
    expect(still.heard[0]?.path).toContain('kind=score');
  });

  it('asks for a feature or the score, not for both', async () => {
    for (const argv of [[], ['--feature', 'amount', '--score']]) {
      const { stderr, exitCode } = await runCommand(['shift', '--model', 'm', ...argv]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('--feature NAME, or --score');
    }
  });
});

describe('serin snapshot', () => {
  const manifest = {
    id: 's1',
    model: 'm',
    path: '/data/s1.parquet',
    query: 'SELECT',
    from: 'a',
    to: 'b',
    rows: 10,
    labelled: 4,
    label_coverage: 0.4,
    bytes: 99,
    sha256: 'abc',
    columns: [{ name: 'label', type: 'String' }],
    created_at: 'c',
  };

  it('starts a retraining and prints the manifest of its snapshot', async () => {
    const api = await double({
      'POST /v1/retrainings': { status: 202, body: { id: 'r1', state: 'snapshotting', snapshot: null } },
      'GET /v1/retrainings': { body: { retrainings: [{ id: 'r1', state: 'running', snapshot: 's1' }] } },
      'GET /v1/snapshots/s1': { body: manifest },
    });
    const { exitCode, stdout } = await runCommand(['snapshot', '--model', 'm', '--url', api.url]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('sha256   abc');
    expect(stdout).toContain('40.00 %');
  });

  it('says why there is no snapshot', async () => {
    const api = await double({
      'POST /v1/retrainings': { status: 202, body: { id: 'r1', state: 'snapshotting', snapshot: null } },
      'GET /v1/retrainings': {
        body: { retrainings: [{ id: 'r1', state: 'failed', snapshot: null, error: 'disk full' }] },
      },
    });
    const { exitCode, stderr } = await runCommand(['snapshot', '--model', 'm', '--url', api.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('disk full');
  });

  it('wants a snapshot or a model, not both', async () => {
    expect((await runCommand(['snapshot'])).exitCode).toBe(1);
    expect((await runCommand(['snapshot', 's1', '--model', 'm'])).exitCode).toBe(1);
  });
});

describe('serin retry', () => {
  const table = (state: string, reason: string | null) => ({ table: 'labels', rows: 7, state, code: null, reason });
  const segment = (name: string) => ({
    segment: name,
    received_at: '2026-03-01T00:00:00.000Z',
    set_aside_at: '2026-03-01T00:01:00.000Z',
    tries: 10,
    bytes: 100,
    tables: [table('refused', 'no such column \u001B[2J'), { ...table('loaded', null), table: 'predictions' }],
  });

  it('lists what is set aside with its reason, and says so when nothing is', async () => {
    const api = await double({ 'GET /v1/ingest/set-aside': { body: { segments: [segment('s1')] } } });
    const { exitCode, stdout } = await runCommand(['retry', '--url', api.url]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/s1\s+2026-03-01T00:00:00.000Z\s+10\s+labels\s+7\s+no such column  \[2J/);
    expect(stdout).not.toContain('predictions');
    const empty = await double({ 'GET /v1/ingest/set-aside': { body: { segments: [] } } });
    expect((await runCommand(['retry', '--url', empty.url])).stdout).toBe('nothing is set aside\n');
  });

  it('loads one or all again, and ends with 10 while the store refuses any', async () => {
    const api = await double({
      'GET /v1/ingest/set-aside': { body: { segments: [segment('s1'), segment('s2')] } },
      'POST /v1/ingest/set-aside/s1/retry': {
        body: { segment: 's1', state: 'loaded', tables: [table('loaded', null)] },
      },
      'POST /v1/ingest/set-aside/s2/retry': {
        body: { segment: 's2', state: 'refused', tables: [table('refused', 'still not')] },
      },
    });
    const one = await runCommand(['retry', 's1', '--url', api.url]);
    expect(one.exitCode).toBe(0);
    expect(one.stdout).toMatch(/s1\s+labels\s+7\s+loaded/);
    const all = await runCommand(['retry', '--all', '--json', '--url', api.url]);
    expect(all.exitCode).toBe(10);
    expect((JSON.parse(all.stdout) as { retried: object[] }).retried).toHaveLength(2);
    expect((await runCommand(['retry', 's1', '--all'])).stderr).toContain('not both');
  });
});

describe('serin check', () => {
  it('accepts a good file and names line and column of a bad one', async () => {
    const directory = await temporaryDirectory();
    open.push(directory.remove);
    const good = join(directory.path, 'good.yaml');
    const bad = join(directory.path, 'bad.yaml');
    await writeFile(
      good,
      'watch:\n  tick: 5s\nmodels:\n  by_name:\n    fraud: { false_alarm_budget: 2, reference: 6h }\n',
    );
    await writeFile(bad, 'watch:\n  tikc: 5s\n');
    const accepted = await runCommand(['check', good]);
    expect(accepted.exitCode).toBe(0);
    expect(accepted.stdout.split('\n')).toEqual([
      `${good} is right`,
      '  fraud: 0.952 false pages a week are expected at most (its part of watch.false_alarm_budget, which all models share; its own is 2); limits allow for sampling noise alone: the reference holds 6 windows of 1h, 8 are needed to learn how they vary',
      '  all others: 0.0476 false pages a week are expected at most (its part of watch.false_alarm_budget, which all models share; its own is 0.1); limits are learned from the 24 windows of 1h that the reference holds',
      '',
    ]);
    const refused = await runCommand(['check', bad]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/bad\.yaml:2:\d+/);
    expect(refused.stderr).toContain('tick');
    const { stdout, exitCode } = await runCommand(['check', bad, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [expect.stringContaining('tikc')] });
  });

  it('says so when there is no such file', async () => {
    const { exitCode, stderr } = await runCommand(['check', '/nowhere/serin.yaml']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('/nowhere/serin.yaml');
  });
});
