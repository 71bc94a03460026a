import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeDetectors, measuredIn, replaceMeasured } from '../../detectors/describe-detectors.ts';
import { detectors } from '../../detectors/find-detector.ts';

describe('docs/detectors.md', () => {
  it('says what the detectors declare; `npx vitest run test/detectors -u` writes it anew', async () => {
    const written = await readFile(new URL('../../docs/detectors.md', import.meta.url), 'utf8');
    const page = describeDetectors(detectors, (bench) => measuredIn(written, bench));
    const other = replaceMeasured(page, 'false-alarms --only features', 'a table');
    expect(measuredIn(other, 'false-alarms --only features')).toBe('a table');
    expect(measuredIn(other, 'streaming')).toBe(measuredIn(page, 'streaming'));
    expect(
      replaceMeasured(other, 'false-alarms --only features', measuredIn(page, 'false-alarms --only features')),
    ).toBe(page);
    await expect(page).toMatchFileSnapshot('../../docs/detectors.md');
    expect(page.match(/^## /gm)).toHaveLength(detectors.length);
  });
});
