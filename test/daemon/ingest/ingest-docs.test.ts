import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { DEEPEST, MOST_ELEMENTS } from '../../../daemon/ingest/decode/any-value.ts';
import { MENDED, REASONS } from '../../../daemon/ingest/records/admission.ts';
import { ML_ATTRIBUTES } from '../../../daemon/ingest/records/ml-attributes.ts';

const docs = await readFile(new URL('../../../docs/ingest.md', import.meta.url), 'utf8');

/** Everything in backticks under a heading. */
function namesUnder(heading: string): string[] {
  return [...sectionOf(heading).matchAll(/`([^`]+)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'daemon/');
}

function sectionOf(heading: string): string {
  return docs.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** Rows of the table under a heading: the names in the first cell, and the second cell. */
function tableUnder(heading: string): [names: string[], text: string][] {
  return [...sectionOf(heading).matchAll(/^\| (`.*?) \| (.*) \|$/gm)].map(([, first = '', second = '']) => [
    [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    second,
  ]);
}

describe('docs/ingest.md', () => {
  it('has every reason with its sentence, and no other', () => {
    expect(Object.keys(REASONS).length).toBeGreaterThan(20);
    expect(tableUnder('What is refused')).toEqual(Object.entries(REASONS).map(([name, why]) => [[name], why]));
  });

  it('has every change of a stored record with its sentence, and no other', () => {
    expect(tableUnder('What is mended')).toEqual(Object.entries(MENDED).map(([name, why]) => [[name], why]));
  });

  it('has the attributes that carry a prediction, and the fields they become', () => {
    const table = tableUnder('Predictions on spans and log records').map(([names, text]) => [names[0], text]);
    const fields = [...ML_ATTRIBUTES].map(([attribute, field]) => [attribute, `\`${field}\``]);
    expect(table.slice(0, fields.length)).toEqual(fields);
    expect(table.slice(fields.length).map(([name]) => name)).toEqual(['ml.feature.<name>', 'ml.tag.<name>']);
  });

  it('has every limit that is a setting', () => {
    const named = tableUnder('Limits').flatMap(([names]) => names);
    const settings = Object.keys(defaultConfig().ingest);
    expect(settings).toEqual(expect.arrayContaining(named));
    expect(named).toEqual(expect.arrayContaining(settings.filter((name) => name.startsWith('max_'))));
  });

  it('names files that exist', () => {
    const files = namesUnder('The way of a body, in the order of the code');
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) expect(existsSync(new URL(`../../../daemon/${file}`, import.meta.url)), file).toBe(true);
  });

  it('has the limits that are no settings', () => {
    expect(docs).toContain(`deeper than ${DEEPEST} levels`);
    expect(docs).toContain(`more than ${MOST_ELEMENTS.toLocaleString('en')} elements`);
  });
});
