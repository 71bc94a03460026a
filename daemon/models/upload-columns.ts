import { SerinError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { FIELDS, MAPS, type ColumnRole, type RoleOfColumn } from '../store/load-reference.ts';
import type { ColumnProfile, FileColumn, FileProfile, KindOfColumn, UploadFormat } from '../store/uploaded-file.ts';

/** What the sender says of the columns of a file; what nothing is said of goes by its name and type. */
export interface ColumnChoice {
  /** The column that holds this field, where it has another name. */
  readonly timestamp?: string;
  readonly score?: string;
  readonly label?: string;
  /** Columns that are tags, and no features. */
  readonly tags?: readonly string[];
  /** Numbers that are names of something, such as merchant codes. */
  readonly categories?: readonly string[];
  readonly ignore?: readonly string[];
}

/** A column that is read, with the role that its name or the sender gives it; features get theirs by their values. */
export type PlacedColumn = KindOfColumn & { readonly role: ColumnRole | 'feature' };

/** What a snapshot or an export holds besides, and is neither a feature nor kept. */
const PASSED_OVER = ['prediction_id', 'model', 'role', 'trace_id', 'span_id', 'received_at', 'segment'];
const MOST_COLUMNS = 2000;
const LONGEST_NAME = 256;

const NUMBER = /^(U?Int\d+|Float\d+|BFloat16|Decimal\(.*\))$/;
const TEXT = /^(String|Bool|FixedString\(.*\)|Enum\d+\(.*\))$/;
const EMBEDDING = /^Array\((Nullable\()?(U?Int\d+|Float\d+)\)?\)$/;

/** @throws SerinError that names the column, what it is and what to do */
export function placeColumns(
  columns: readonly FileColumn[],
  choice: ColumnChoice,
): { readonly read: readonly PlacedColumn[]; readonly maps: readonly RoleOfColumn[] } {
  checkNames(columns, choice);
  const read: PlacedColumn[] = [];
  const maps: RoleOfColumn[] = [];
  for (const { name, type } of columns) {
    if (choice.ignore?.includes(name)) continue;
    const role = roleOf(name, choice);
    if (role === undefined) continue;
    const map = MAPS.find((own) => own === name);
    if (map !== undefined && type.startsWith('Map(')) maps.push({ name, type, role: map });
    else read.push({ name, type, role, kind: kindOf(name, type, role) });
  }
  if (read.length + maps.length === 0)
    throw refused('body', 'the file has no column that can be read; a reference needs features or a score');
  return { read, maps };
}

/** @throws SerinError where a value is not what its column is, or there is nothing to compare with */
export function settleColumns(
  placed: readonly PlacedColumn[],
  { rows, profiles }: FileProfile,
  choice: ColumnChoice,
  format: UploadFormat,
): RoleOfColumn[] {
  return placed.flatMap((column, at) => {
    const profile = profiles[at]!;
    const { name, type, role } = column;
    if (role === 'timestamp') checkTimes(name, profile, rows);
    else if (profile.present > 0) checkValues(column, profile, choice, format);
    if (role !== 'feature') return [{ name, type, role }];
    // A column without any value says nothing: at the door it would never have been seen.
    return profile.present === 0 ? [] : [{ name, type, role: featureRole(column, profile, choice, format) }];
  });
}

function featureRole(
  { name, type, kind }: PlacedColumn,
  { present, notNumbers, booleans }: ColumnProfile,
  { categories }: ColumnChoice,
  format: UploadFormat,
): ColumnRole {
  if (kind === 'embedding') return 'embedding';
  if (categories?.includes(name)) return 'category';
  if (kind === 'number') return 'number';
  if (type === 'Bool' || (format === 'csv' && booleans === present)) return 'boolean';
  return format === 'csv' && notNumbers === 0 ? 'number' : 'category';
}

function checkNames(columns: readonly FileColumn[], choice: ColumnChoice): void {
  const names = columns.map(({ name }) => name);
  if (columns.length > MOST_COLUMNS)
    throw refused('body', `the file has ${columns.length} columns, ${MOST_COLUMNS} are the most; leave some out`);
  const bad = names.find((name) => name === '' || Buffer.byteLength(name) > LONGEST_NAME);
  if (bad !== undefined)
    throw refused(
      'body',
      `the column ${JSON.stringify(bad.slice(0, 60))} has a name of ${Buffer.byteLength(bad)} bytes; give it 1 to ${LONGEST_NAME}`,
    );
  const unbound = names.find((name) => /[\\\p{Cc}]/u.test(name));
  if (unbound !== undefined)
    throw refused(
      'body',
      `the column ${JSON.stringify(unbound.slice(0, 60))} has a backslash or a control character in its name; rename it`,
    );
  if (names.every((name) => name.trim() !== '' && Number.isFinite(Number(name))))
    throw refused(
      'body',
      `the names of the columns are numbers (${names.slice(0, 3).join(', ')}); write the names of the columns in the first line`,
    );
  for (const [option, chosen] of Object.entries(choice) as [string, string | readonly string[]][]) {
    for (const name of [chosen].flat()) {
      if (names.includes(name)) continue;
      const near = nearestName(name, names);
      throw refused(
        option,
        `${option} names the column ${JSON.stringify(name)}, which the file does not have${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`,
      );
    }
  }
}

/** Undefined for what is passed over. */
function roleOf(name: string, choice: ColumnChoice): PlacedColumn['role'] | undefined {
  if (choice.tags?.includes(name)) return 'tag';
  const renamed = (['timestamp', 'score', 'label'] as const).find((field) => choice[field] === name);
  if (renamed !== undefined) return renamed;
  const field = FIELDS.find((one) => one === name);
  if (field !== undefined && !(field in choice)) return field;
  return PASSED_OVER.includes(name) ? undefined : 'feature';
}

function kindOf(name: string, type: string, role: PlacedColumn['role']): KindOfColumn['kind'] {
  if (role === 'timestamp') {
    if (/^(Date|U?Int\d+$|String$)/.test(type)) return 'moment';
    throw refused(
      name,
      `the column ${JSON.stringify(name)} holds ${type}; a timestamp is a date with its time, RFC 3339 text, or Unix milliseconds`,
    );
  }
  if (NUMBER.test(type)) return 'number';
  if (TEXT.test(type)) return 'text';
  if (EMBEDDING.test(type) && role === 'feature') return 'embedding';
  const wanted =
    role === 'feature'
      ? 'a feature is a number, a text, a boolean or an array of numbers'
      : `${role} is a number or a text`;
  throw refused(
    name,
    `the column ${JSON.stringify(name)} holds ${type.slice(0, 100)}; ${wanted}: convert it, give each part a column of its own, or name it in ignore`,
  );
}

/** What the rollups can hold: the buckets of the store are seconds of 32 bits. */
const LATEST = Date.UTC(2106, 0, 1);

function checkTimes(name: string, { present, notNumbers, example, smallest, largest }: ColumnProfile, rows: number) {
  const column = `the column ${JSON.stringify(name)}`;
  const form = 'write RFC 3339 text or Unix milliseconds';
  if (notNumbers > 0) throw refused(name, `${column} holds ${JSON.stringify(example)}, which is no time; ${form}`);
  if (present < rows)
    throw refused(name, `${column} is empty in ${rows - present} rows; give all rows a time, or name it in ignore`);
  if ((smallest ?? 0) < 0 || (largest ?? 0) >= LATEST) {
    const [first, last] = [smallest, largest].map((at) => new Date(at ?? 0).toISOString());
    throw refused(name, `${column} reaches from ${first} to ${last}; a time lies between 1970 and 2105: ${form}`);
  }
}

const NUMERIC: readonly string[] = ['score', 'value', 'propensity', 'latency_ms'] satisfies ColumnRole[];

function checkValues(
  { name, kind, role }: PlacedColumn,
  { present, notNumbers, example, notFinite, smallest, largest }: ColumnProfile,
  { categories }: ColumnChoice,
  format: UploadFormat,
): void {
  const column = `the column ${JSON.stringify(name)}`;
  const some = JSON.stringify(example);
  const isNumeric = kind === 'number' || kind === 'embedding' || NUMERIC.includes(role);
  if (NUMERIC.includes(role) && notNumbers > 0) throw refused(name, `${column} holds ${some}; ${role} is a number`);
  const guessed = role === 'feature' && format === 'csv' && !categories?.includes(name);
  const mostlyNumbers = guessed && notNumbers > 0 && notNumbers < present / 2;
  if (mostlyNumbers)
    throw refused(
      name,
      `${column} holds ${some} in the midst of numbers; leave it empty where the number is missing, or name the column in categories`,
    );
  if ((isNumeric || (guessed && notNumbers === 0)) && notFinite > 0)
    throw refused(
      name,
      `${column} holds NaN or an infinite number in ${notFinite} rows; leave it empty (null) where the number is missing`,
    );
  if (role === 'propensity' && !((smallest ?? 1) > 0 && (largest ?? 1) <= 1))
    throw refused(name, `${column} reaches from ${smallest} to ${largest}; a propensity is above 0 and at most 1`);
  if (role === 'latency_ms' && (smallest ?? 0) < 0)
    throw refused(name, `${column} holds ${smallest}; a latency is 0 or more`);
}

function refused(field: string, message: string): SerinError {
  return new SerinError('invalid_request', message, { field });
}
