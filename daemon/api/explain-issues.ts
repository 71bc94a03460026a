import { z } from 'zod';
import { SerinError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** How many problems one message names. */
const MOST = 5;

/** Turns what a schema found wrong into one error that names each field, its value and what would be right. */
export function explainIssues(issues: readonly Issue[], schema: unknown, input: unknown): SerinError {
  const flat = issues.flatMap((issue) => deepest(issue));
  const sentences = flat.slice(0, MOST).map((issue) => explain(issue, schema, input));
  if (flat.length > MOST) sentences.push(`and ${flat.length - MOST} more.`);
  const field = fieldOf(flat[0]);
  return new SerinError('invalid_request', sentences.join(' '), field === '' ? {} : { field });
}

/** Of a union, the problems of the branch that was understood furthest; the others say nothing useful. */
function deepest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.map((branch) => branch.flatMap(deepest));
  const depth = (branch: readonly Issue[]): number => Math.max(0, ...branch.map((inner) => inner.path.length));
  const [best] = branches.toSorted((a, b) => depth(b) - depth(a));
  if (best === undefined || depth(best) === 0) return [{ ...issue, errors: [] }];
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** The field that an issue is about: for an unknown name, that name. */
function fieldOf(issue: Issue | undefined): string {
  if (issue === undefined) return '';
  return pathText(issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path);
}

function explain(issue: Issue, schema: unknown, input: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => unknownKey(pathText([...issue.path, key]), key, known)).join(' ');
  }
  const field = fieldOf(issue) || 'the body';
  const value = valueAt(input, issue.path);
  if (value === undefined || (value === null && issue.path.length === 0)) {
    return `${field} is missing; ${wanted(issue)}.`;
  }
  return `${field} is ${show(value)}; ${wanted(issue, value)}.`;
}

function unknownKey(field: string, key: string, known: readonly string[]): string {
  const near = nearestName(key, known);
  if (near !== undefined) return `${shorten(field)} is not known; did you mean ${near}?`;
  return `${shorten(field)} is not known; known are ${known.join(', ') || 'none'}.`;
}

/** What would have been right, after "field is value; ". */
function wanted(issue: Issue, value?: unknown): string {
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const near = typeof value === 'string' ? nearestName(value, values) : undefined;
    const list = values.length === 1 ? `it must be ${values[0]}` : `it must be one of ${values.join(', ')}`;
    return near === undefined ? list : `did you mean ${near}? ${list[0]?.toUpperCase()}${list.slice(1)}`;
  }
  if (issue.code === 'invalid_format' && issue.format === 'datetime') {
    return 'write an RFC 3339 time such as 2026-01-31T09:30:00Z (in an address, + is written %2B)';
  }
  if (issue.code === 'invalid_type') return `it must be ${article(issue.expected)}`;
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

function article(noun: string): string {
  const name = noun === 'record' ? 'object' : noun === 'int' ? 'integer' : noun;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** A value as a person would quote it: short, and never the whole of something nested. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}

/** Property names of the object at `path` of a schema, through optionals, arrays, records and unions. */
function knownKeys(schema: unknown, path: Path): readonly string[] {
  const [first, ...rest] = path;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return knownKeys(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => knownKeys(option, path));
  if (schema instanceof z.ZodArray) return knownKeys(schema.element, rest);
  if (schema instanceof z.ZodRecord) return first === undefined ? [] : knownKeys(schema.valueType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, unknown>> = schema.shape;
  if (first === undefined) return Object.keys(shape);
  return Object.hasOwn(shape, first) ? knownKeys(shape[String(first)], rest) : [];
}
