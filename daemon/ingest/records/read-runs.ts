import type { ReadLimits, SpanReader } from '../decode/span-reader.ts';
import type { FixedColumn, LowCardinalityColumn, Range, StringColumn } from '../native/columns.ts';
import { rowsOf, truncateColumns } from '../native/block.ts';
import type { MapColumn } from '../native/nested.ts';
import type { SpanColumns } from './spans.ts';

/** Runs in the order of `assembly/span-runs.ts`; one of texts is followed by the ends of the texts. */
const RUN = {
  timestamps: 0,
  durations: 1,
  eventTimes: 2,
  spanNames: 3,
  kinds: 4,
  services: 5,
  statuses: 6,
  resourceKeys: 7,
  resourceEnds: 8,
  spanKeys: 9,
  spanEnds: 10,
  eventNames: 11,
  eventKeys: 12,
  eventAttributeEnds: 13,
  eventEnds: 14,
  linkKeys: 15,
  linkAttributeEnds: 16,
  linkEnds: 17,
  traceIds: 18,
  spanIds: 20,
  parentIds: 22,
  traceStates: 24,
  scopeNames: 26,
  scopeVersions: 28,
  statusMessages: 30,
  resourceValues: 32,
  spanValues: 34,
  eventValues: 36,
  linkTraceIds: 38,
  linkSpanIds: 40,
  linkStates: 42,
  linkValues: 44,
  ridden: 46,
} as const;

/** Puts the runs of a `SpanReader` into the columns of one segment. */
export class RunReader {
  readonly #reader: SpanReader;
  readonly #columns: SpanColumns;
  /** By column: places of texts in its dictionary, plus 1, by the numbers of the reader's names. */
  readonly #places = new Map<LowCardinalityColumn, Uint32Array>();
  #generation: number;

  constructor(reader: SpanReader, columns: SpanColumns) {
    this.#reader = reader;
    this.#columns = columns;
    this.#generation = reader.generation;
  }

  /**
   * Reads a body into the columns.
   * @param ride called with a body and where in it a span starts on which a prediction may ride, before its length
   * @returns bytes that its spans have from resources and scopes; nothing, and the columns are as before, where it is left to
   *   others
   */
  read(body: Uint8Array, limits: ReadLimits, ride: (body: Uint8Array, at: number) => void): number | undefined {
    const reader = this.#reader;
    const before = rowsOf(this.#columns);
    if (!reader.begin(body, limits)) return undefined;
    if (this.#generation !== reader.generation) this.#forget();
    try {
      if (this.#readOn(body, ride)) return reader.copied;
    } catch (error) {
      this.#takeBack(before);
      throw error;
    }
    this.#takeBack(before);
    return undefined;
  }

  /** @returns whether the body was read to its end; otherwise some of it may be in the columns */
  #readOn(body: Uint8Array, ride: (body: Uint8Array, at: number) => void): boolean {
    const reader = this.#reader;
    while (!reader.done) {
      const spans = reader.read();
      if (spans < 0) return false;
      if (spans > 0) this.#append();
      const { memory, start, end } = this.#words(RUN.ridden);
      for (let at = start; at < end; at++) ride(body, memory[at]! - reader.input);
    }
    return true;
  }

  #takeBack(rows: number): void {
    if (rowsOf(this.#columns) === rows) return;
    truncateColumns(this.#columns, rows);
    this.#forget();
  }

  #forget(): void {
    this.#places.clear();
    this.#generation = this.#reader.generation;
  }

  #append(): void {
    const columns = this.#columns;
    this.#rows(columns.Timestamp, RUN.timestamps);
    this.#rows(columns.Duration, RUN.durations);
    this.#names(columns.SpanName, RUN.spanNames);
    this.#names(columns.ServiceName, RUN.services);
    columns.SpanKind.appendPlaces(this.#words(RUN.kinds));
    columns.StatusCode.appendPlaces(this.#words(RUN.statuses));
    this.#texts(columns.TraceId, RUN.traceIds);
    this.#texts(columns.SpanId, RUN.spanIds);
    this.#texts(columns.ParentSpanId, RUN.parentIds);
    this.#texts(columns.TraceState, RUN.traceStates);
    this.#texts(columns.ScopeName, RUN.scopeNames);
    this.#texts(columns.ScopeVersion, RUN.scopeVersions);
    this.#texts(columns.StatusMessage, RUN.statusMessages);
    this.#attributes(columns.ResourceAttributes, RUN.resourceKeys, RUN.resourceValues, RUN.resourceEnds);
    this.#attributes(columns.SpanAttributes, RUN.spanKeys, RUN.spanValues, RUN.spanEnds);
    this.#appendEvents();
    this.#appendLinks();
  }

  #appendEvents(): void {
    const { 'Events.Timestamp': times, 'Events.Name': names, 'Events.Attributes': attributes } = this.#columns;
    const before = times.items.rows;
    if (!this.#isEmpty(RUN.eventTimes)) {
      this.#rows(times.items, RUN.eventTimes);
      this.#names(names.items, RUN.eventNames);
      this.#attributes(attributes.items, RUN.eventKeys, RUN.eventValues, RUN.eventAttributeEnds);
    }
    for (const column of [times, names, attributes]) column.closeAt(this.#words(RUN.eventEnds), before);
  }

  #appendLinks(): void {
    const {
      'Links.TraceId': traces,
      'Links.SpanId': spans,
      'Links.TraceState': states,
      'Links.Attributes': attributes,
    } = this.#columns;
    const before = traces.items.rows;
    if (!this.#isEmpty(RUN.linkTraceIds)) {
      this.#texts(traces.items, RUN.linkTraceIds);
      this.#texts(spans.items, RUN.linkSpanIds);
      this.#texts(states.items, RUN.linkStates);
      this.#attributes(attributes.items, RUN.linkKeys, RUN.linkValues, RUN.linkAttributeEnds);
    }
    for (const column of [traces, spans, states, attributes]) column.closeAt(this.#words(RUN.linkEnds), before);
  }

  #attributes(map: MapColumn<LowCardinalityColumn, StringColumn>, keys: number, values: number, ends: number): void {
    const before = map.keys.rows;
    this.#names(map.keys, keys);
    this.#texts(map.values, values);
    map.closeAt(this.#words(ends), before);
  }

  #rows(column: FixedColumn, run: number): void {
    column.append(this.#reader.bytes, this.#reader.runStart(run), this.#reader.runEnd(run));
  }

  #texts(column: StringColumn, run: number): void {
    const reader = this.#reader;
    const bytes = { memory: reader.bytes, start: reader.runStart(run), end: reader.runEnd(run) };
    column.appendTexts(bytes, this.#words(run + 1));
  }

  #names(column: LowCardinalityColumn, run: number): void {
    let places = this.#places.get(column);
    if (places === undefined) this.#places.set(column, (places = new Uint32Array(this.#reader.mostNames)));
    column.appendNames(this.#words(run), this.#reader, places);
  }

  #isEmpty(run: number): boolean {
    return this.#reader.runStart(run) === this.#reader.runEnd(run);
  }

  #words(run: number): Range<Uint32Array> {
    const reader = this.#reader;
    return { memory: reader.words, start: reader.runStart(run) / 4, end: reader.runEnd(run) / 4 };
  }
}
