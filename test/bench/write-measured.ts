import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { replaceMeasured, type MeasuredBy } from '../../detectors/describe-detectors.ts';

const PAGE = fileURLToPath(new URL('../../docs/detectors.md', import.meta.url));

/** Puts the table of a benchmark between its marks in `docs/detectors.md`. */
export async function writeMeasured(bench: MeasuredBy, text: string): Promise<void> {
  await writeFile(PAGE, replaceMeasured(await readFile(PAGE, 'utf8'), bench, text));
}
