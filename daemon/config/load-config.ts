import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { configSchema, type Config } from './config.ts';
import { nearestName } from '../nearest-name.ts';

/** Everything that is wrong with a configuration file, a line each: `serin.yaml:12:5 watch.tick: …`. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The text of settings that name a detector or one of its settings; see `checkDetectors`. */
export type CheckDetectors = (detectors: Readonly<Record<string, unknown>>) => readonly DetectorProblem[];

export interface DetectorProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * Reads a configuration file; `${NAME}` in a value is taken from `environment`.
 * @throws ConfigError with the line and column of each problem, and the nearest known name for an unknown one
 */
export async function loadConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
  checkDetectors: CheckDetectors,
): Promise<Config> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? 'there is no such file; start without --config to use the defaults'
      : (error as Error).message;
    throw new ConfigError([`${path}: ${why}`]);
  }
  return readConfig(text, path, environment, checkDetectors);
}

/** As `loadConfig`, of text already read; `name` is the file's name in messages. */
export function readConfig(
  text: string,
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  checkDetectors: CheckDetectors,
): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (offset: number | undefined): string => {
    if (offset === undefined) return name;
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => `${place(error.pos[0])} ${error.message.split(' at line')[0] ?? error.message}`),
    );
  }
  const problems: string[] = [];
  const raw: unknown = substitute(document.toJS() ?? {}, environment, (variable, at) => {
    problems.push(`${place(offsetOf(document, at))} ${at.join('.')}: the environment variable ${variable} is not set`);
  });
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) problems.push(...describeIssues(parsed.error, document, place, raw));
  else {
    for (const { path, message } of detectorProblems(parsed.data, checkDetectors)) {
      problems.push(`${place(offsetOf(document, path))} ${path.join('.')}: ${message}`);
    }
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function describeIssues(
  error: z.ZodError,
  document: Document,
  place: (offset: number | undefined) => string,
  raw: unknown,
): string[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') {
      const value = valueAt(raw, path);
      const said = value === undefined ? 'is missing' : `${sayIssue(issue)} (got ${JSON.stringify(value)})`;
      return [`${place(offsetOf(document, path))} ${path.join('.') || 'the file'}: ${said}`];
    }
    const known = knownNames(path);
    return issue.keys.map((key) => {
      const nearest = nearestName(key, known);
      const hint = nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean "${nearest}"?`;
      return `${place(offsetOf(document, [...path, key]))} ${[...path, key].join('.')}: unknown setting; ${hint}`;
    });
  });
}

function sayIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || !('options' in issue) || !Array.isArray(issue.options)) return issue.message;
  return `unknown ${issue.discriminator}; known here: ${issue.options.join(', ')}`;
}

/** Offset of the key at the end of `path`, or of the nearest thing above it that the file has. */
function offsetOf(document: Document, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const items = (parent as { items?: unknown[] } | undefined)?.items ?? [];
    const last = path[length - 1];
    for (const [index, item] of items.entries()) {
      const pair = item as { key?: { value?: unknown; range?: readonly number[] }; range?: readonly number[] };
      if (pair.key === undefined ? String(index) === last : String(pair.key.value) === last) {
        return (pair.key?.range ?? pair.range)?.[0];
      }
    }
  }
  return undefined;
}

/** Names that the schema knows at a path; records (by_name, channels) are walked through by any key. */
function knownNames(path: readonly string[]): string[] {
  let schema: unknown = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  for (const key of path) {
    const node = schema as {
      properties?: Record<string, unknown>;
      additionalProperties?: unknown;
      items?: unknown;
    };
    schema = node.properties?.[key] ?? node.additionalProperties ?? node.items;
  }
  const node = schema as {
    properties?: Record<string, unknown>;
    anyOf?: { properties?: Record<string, unknown> }[];
    oneOf?: { properties?: Record<string, unknown> }[];
  };
  const variants = [node, ...(node?.anyOf ?? []), ...(node?.oneOf ?? [])];
  return [...new Set(variants.flatMap((variant) => Object.keys(variant?.properties ?? {})))];
}

function detectorProblems(config: Config, check: CheckDetectors): DetectorProblem[] {
  const problems: DetectorProblem[] = [];
  const within = (prefix: readonly string[], detectors: Readonly<Record<string, unknown>>): void => {
    for (const { path, message } of check(detectors)) problems.push({ path: [...prefix, ...path], message });
  };
  within(['models', 'defaults', 'detectors'], config.models.defaults.detectors);
  for (const [model, settings] of Object.entries(config.models.by_name)) {
    within(['models', 'by_name', model, 'detectors'], settings.detectors);
  }
  for (const [index, detector] of config.retraining.detectors.entries()) {
    for (const { message } of check({ [detector]: {} })) {
      problems.push({ path: ['retraining', 'detectors', String(index)], message });
    }
  }
  return problems;
}

function substitute(
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  missing: (variable: string, at: readonly string[]) => void,
  at: readonly string[] = [],
): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, variable: string) => {
      const found = environment[variable];
      if (found === undefined) missing(variable, at);
      return found ?? whole;
    });
  }
  if (Array.isArray(value))
    return value.map((item, index) => substitute(item, environment, missing, [...at, String(index)]));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, substitute(item, environment, missing, [...at, key])]),
    );
  }
  return value;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
