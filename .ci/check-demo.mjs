/** Checks the last line that the demo printed: the whole loop ran, and ended as it should. */
import { readFileSync } from 'node:fs';

const last = readFileSync(process.argv[2], 'utf8').trimEnd().split('\n').at(-1);
const told = JSON.parse(last);
const problems = [];
const expect = (holds, what) => {
  if (!holds) problems.push(what);
};

expect(told.spans > 1000, `spans: more than 1,000, got ${told.spans}`);
expect(told.predictions > 10_000, `predictions: more than 10,000, got ${told.predictions}`);
expect(told.labels > 100, `labels: more than 100, got ${told.labels}`);
expect(told.findings?.fail > 0, 'findings: at least one fails');
expect(
  told.alerts?.some((alert) => alert.state === 'firing' && alert.delivered && alert.slice === 'region=EU'),
  'alerts: one of region=EU is firing and delivered',
);
expect(
  told.retrainings?.some((retraining) => retraining.state === 'completed' && retraining.version),
  'retrainings: one is completed with its version',
);
expect(told.replays?.length >= 2, 'replays: the retrained and the bad candidate');
for (const replay of told.replays ?? []) {
  expect(
    replay.replayed === replay.recorded && replay.recorded > 0,
    `replay of ${replay.candidate}: replayed ${replay.replayed} of ${replay.recorded}`,
  );
  expect(typeof replay.flips === 'number', `replay of ${replay.candidate}: flips`);
}
const verdicts = (told.rollouts ?? []).map((rollout) => rollout.verdict).sort();
expect(
  JSON.stringify(verdicts) === '["promote","rollback"]',
  `rollouts: one promote and one rollback, got ${verdicts.join(', ')}`,
);

for (const problem of problems) console.error(`demo: ${problem}`);
console.log(`${11 + 2 * (told.replays?.length ?? 0) - problems.length} passed, ${problems.length} failed`);
process.exit(problems.length === 0 ? 0 : 1);
