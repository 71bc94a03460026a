import { describe, expect, it } from 'vitest';
import { describeDetectors } from '../../detectors/describe-detectors.ts';
import { detectors } from '../../detectors/find-detector.ts';

describe('docs/detectors.md', () => {
  it('says what the detectors declare; `npx vitest run test/detectors -u` writes it anew', async () => {
    const page = describeDetectors(detectors);
    await expect(page).toMatchFileSnapshot('../../docs/detectors.md');
    expect(page.match(/^## /gm)).toHaveLength(detectors.length);
  });
});
