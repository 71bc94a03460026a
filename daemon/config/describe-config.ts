import { z } from 'zod';
import { configSchema } from './config.ts';

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** `docs/configuration.md`: every setting with its form, default and meaning, out of the one schema. */
export function describeConfig(): string {
  const root = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Node;
  const sections: string[] = [];
  describeObject('', root, sections);
  return [
    '# Configuration',
    '',
    'The daemon runs without a file. `serin start --config serin.yaml` reads one, `serin check serin.yaml` only checks it:',
    'an unknown name, or a value of the wrong form, is refused with its line and column. Lengths of time are written',
    '`500ms`, `30s`, `5m`, `1h`, `7d` or `2w`; `${NAME}` in a value is taken from the environment.',
    '',
    ...sections,
  ].join('\n');
}

function describeObject(path: string, node: Node, sections: string[]): void {
  const rows: string[] = [];
  const inner: [string, Node][] = [];
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const name = path === '' ? key : `${path}.${key}`;
    if (child.properties !== undefined && child.default !== undefined) inner.push([name, child]);
    else {
      rows.push(
        `| \`${key}\` | ${form(child)} | ${defaultOf(child, node.required?.includes(key) ?? false)} | ${child.description ?? ''} |`,
      );
      collectVariants(name, child, inner);
    }
  }
  if (path !== '')
    sections.push(`## \`${path}\``, '', ...(node.description === undefined ? [] : [`${node.description}.`, '']));
  else if (rows.length > 0) sections.push('## At the top', '');
  if (rows.length > 0)
    sections.push('| setting | form | default | meaning |', '| --- | --- | --- | --- |', ...rows, '');
  for (const [name, child] of inner) describeObject(name, child, sections);
}

/** Records of objects (models by name, channels by name) get a section of their own, one for each variant. */
function collectVariants(name: string, node: Node, inner: [string, Node][]): void {
  const values = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  if (values?.properties !== undefined) inner.push([`${name}.NAME`, values]);
  for (const variant of values?.oneOf ?? values?.anyOf ?? []) {
    if (variant.properties === undefined) continue;
    const type = variant.properties['type'];
    inner.push([
      `${name}.NAME (${type?.const ?? 'object'})`,
      { ...variant, ...(type?.description === undefined ? {} : { description: type.description }) },
    ]);
  }
}

function form(node: Node): string {
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(' or ');
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : form(node.items)}`;
  if (node.properties !== undefined)
    return Object.keys(node.properties)
      .map((key) => `\`${key}\``)
      .join(', ');
  if (typeof node.additionalProperties === 'object') return 'by name';
  if (node.type === 'integer' || node.type === 'number') return range(node);
  return node.type === 'string' ? 'text' : (node.type ?? 'value');
}

function range(node: Node): string {
  const kind = node.type === 'integer' ? 'whole number' : 'number';
  const { minimum } = node;
  const maximum = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  if (minimum !== undefined && maximum !== undefined) return `${kind}, ${minimum} to ${maximum}`;
  return minimum === undefined ? kind : `${kind}, at least ${minimum}`;
}

function defaultOf(node: Node, required: boolean): string {
  if (required && node.default === undefined) return node.const === undefined ? 'required' : '';
  if (node.default === undefined) return '';
  return `\`${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}\``.replace('``', '`""`');
}
