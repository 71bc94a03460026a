import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeDetectors, measuredIn, replaceMeasured } from '../../detectors/describe-detectors.ts';
import { detectors } from '../../detectors/find-detector.ts';

describe('docs/detectors.md', () => {
  it('says what the detectors declare; `npx vitest run test/detectors -u` writes it anew', async () => {
    const measured = measuredIn(await readFile(new URL('../../docs/detectors.md', import.meta.url), 'utf8'));
    const page = describeDetectors(detectors, measured);
    expect(measuredIn(replaceMeasured(page, 'a table'))).toBe('a table');
    expect(replaceMeasured(replaceMeasured(page, 'a table'), measured)).toBe(page);
    await expect(page).toMatchFileSnapshot('../../docs/detectors.md');
    expect(page.match(/^## /gm)).toHaveLength(detectors.length);
  });
});
