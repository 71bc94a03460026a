import type { ModelInput, ModelVersion } from '../../detectors/terms.ts';
import { goldenRows } from '../../shadow/golden-rows.ts';
import { inputWidth } from '../../shadow/input-columns.ts';
import { openScorerPool } from '../../shadow/scorer-pool.ts';
import type { ScoringThreads } from '../../shadow/scoring-threads.ts';
import type { Config } from '../config/config.ts';
import type { ReplayArm } from './answer-page.ts';

/** An arm with what its columns are made of. */
export interface OpenedArm extends ReplayArm {
  readonly inputs: readonly ModelInput[];
}

/** What models are opened with. */
export interface ScoringOptions {
  readonly settings: Config['replays'];
  readonly threads: ScoringThreads;
}

/**
 * Loads a registered version into worker threads.
 * @throws ModelFileError when its files are not those registered
 */
export async function openArm(
  version: ModelVersion,
  { settings, threads }: ScoringOptions,
  workers: number,
): Promise<OpenedArm> {
  const width = inputWidth(version.inputs);
  const scorer = await openScorerPool(
    {
      folder: version.path,
      sha256: version.sha256,
      format: version.format,
      width,
      positiveClass: version.positiveClass ?? 1,
      classes: version.classes?.length ?? null,
      golden: { rows: goldenRows(version.inputs), scores: version.golden ?? null },
      backend: settings.backend,
      timeoutMs: settings.timeout,
      memoryMb: settings.memory,
    },
    threads,
    workers,
  );
  const { classes = null, inputs } = version;
  return { scorer, width, outputs: classes?.length ?? 1, version: version.version, inputs, classes };
}
