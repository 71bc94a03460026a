import { cutName, parseSliceRule, type SliceRule } from '../../detectors/slice-rule.ts';
import type { Parameters } from './engine.ts';
import { numberNamed } from './number-columns.ts';

/**
 * One column a slice rule, over `predictions`: the slice that a prediction lies in, such as `region=EU` or `amount>=100`;
 * empty where it lies in none. Names and bounds are bound by `bindSlices`.
 */
export function sliceColumns(slices: readonly string[]): string[] {
  return slices.map((text, at) => `toLowCardinality(${expression(parseSliceRule(text), at + 1)})`);
}

export function bindSlices(slices: readonly string[]): Parameters {
  const rules = slices.map(parseSliceRule);
  return {
    sliceOf: rules.map((rule) => rule?.of ?? ''),
    sliceName: rules.map((rule) => (rule?.kind === 'cut' ? cutName(rule) : '')),
    sliceBound: rules.map((rule) => (rule?.kind === 'cut' ? rule.bound : 0)),
  };
}

/** As the rollups cut: by the tag, else by the category of that name, or by where a number lies. */
function expression(rule: SliceRule | undefined, at: number): string {
  const of = `{sliceOf:Array(String)}[${at}]`;
  if (rule === undefined) return `''`;
  if (rule.kind === 'cut')
    return `if(${numberNamed(of)} ${rule.operator} {sliceBound:Array(Float64)}[${at}], {sliceName:Array(String)}[${at}], '')`;
  return `multiIf(mapContains(tags, ${of}), concat(${of}, '=', tags[${of}]), mapContains(categories, ${of}), concat(${of}, '=', categories[${of}]), '')`;
}
