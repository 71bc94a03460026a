/** One series of a scrape. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: readonly Series[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const SUFFIXES = ['', '_bucket', '_sum', '_count'];

/**
 * Reads the Prometheus text format, version 0.0.4, strictly.
 * @throws on anything that the format does not allow, and on what it allows but nobody should send: samples without HELP and
 * TYPE, a family or a series twice, families torn apart
 */
export function parsePrometheusText(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family & { series: Series[] }>();
  const seen = new Set<string>();
  let help: [name: string, text: string] | undefined;
  let family: (Family & { series: Series[] }) | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment?.[1] === 'HELP') help = [comment[2]!, comment[3]!];
    else if (comment?.[1] === 'TYPE') {
      const [, , name = '', type = ''] = comment;
      if (help?.[0] !== name) throw new Error(`${name} has a TYPE without its HELP before it`);
      if (families.has(name)) throw new Error(`${name} comes twice`);
      if (!['counter', 'gauge', 'histogram', 'summary'].includes(type)) throw new Error(`unknown type ${type}`);
      family = { name, type, help: help[1], series: [] };
      families.set(name, family);
    } else {
      const series = parseSeries(line);
      if (family === undefined || !SUFFIXES.some((suffix) => family!.name + suffix === series.name))
        throw new Error(`a sample outside its family: ${line}`);
      const key = `${series.name} ${inOrder(series.labels)}`;
      if (seen.has(key)) throw new Error(`the same series twice: ${line}`);
      seen.add(key);
      family.series.push(series);
    }
  }
  return families;
}

function parseSeries(line: string): Series {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name: ${line}`);
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)",?/.exec(line.slice(at));
      if (pair === null) throw new Error(`a broken label: ${line}`);
      labels[pair[1]!] = pair[2]!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
      at += pair[0].length;
    }
    at++;
  }
  const value = /^ (NaN|[+-]?Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.exec(line.slice(at))?.[1];
  if (value === undefined) throw new Error(`no value: ${line}`);
  return { name, labels, value: /inf/i.test(value) ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value) };
}

/** The value of one series of a scrape; undefined where there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = inOrder(labels);
  return [...families.values()]
    .flatMap(({ series }) => series)
    .find((series) => series.name === name && inOrder(series.labels) === wanted)?.value;
}

function inOrder(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}
