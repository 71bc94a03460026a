import { OTHER } from './buckets.ts';
import type { Overflows } from './overflows.ts';

export interface OperationLimits {
  readonly maxServices: number;
  /** Of one service. */
  readonly maxOperations: number;
}

export interface Operation {
  readonly service: string;
  readonly operation: string;
}

/** Most operations of all services together: what is known must not fill memory. */
const MOST_OPERATIONS = 200_000;
/** Longer names are counted as `other`. */
const LONGEST_NAME = 256;
/** What no span named for this long, at least, is forgotten, so that a flood of names makes room again. */
const FORGET_MS = 86_400_000;

/** Numbers the operations of services from 0; what is beyond a limit shares the number of `other`. */
export class OperationPlaces {
  readonly #limits: OperationLimits;
  readonly #overflows: Overflows;
  readonly #services = new Map<string, Map<string, number>>();
  readonly #operations: Operation[] = [];
  /** By place: whether a span named it in the life of this object. */
  readonly #named: boolean[] = [];
  #lastService = '';
  #lastOperations: Map<string, number> | undefined;

  constructor(limits: OperationLimits, overflows: Overflows) {
    this.#limits = limits;
    this.#overflows = overflows;
  }

  /** Places given so far. */
  get count(): number {
    return this.#operations.length;
  }

  /** @param at when the span was received, in Unix milliseconds */
  placeOf(service: string, operation: string, at: number): number {
    const operations =
      service === this.#lastService && this.#lastOperations !== undefined
        ? this.#lastOperations
        : this.#operationsOf(service);
    const place = operations?.get(operation) ?? this.#newPlace(operations, service, operation, at);
    this.#named[place] = true;
    return place;
  }

  /** The service and the operation that a place counts; either may be `other`. */
  at(place: number): Operation {
    return this.#operations[place]!;
  }

  /** A new numbering of those that a span named in the life of this one. */
  withoutUnnamed(): OperationPlaces {
    const next = new OperationPlaces(this.#limits, this.#overflows);
    this.#operations.forEach(({ service, operation }, place) => {
      if (this.#named[place] === true) next.#add(service, operation, false);
    });
    return next;
  }

  #operationsOf(service: string): Map<string, number> | undefined {
    const operations = this.#services.get(service);
    if (operations === undefined) return undefined;
    this.#lastService = service;
    this.#lastOperations = operations;
    return operations;
  }

  #newPlace(operations: Map<string, number> | undefined, service: string, operation: string, at: number): number {
    const known = operations !== undefined || this.#services.size < this.#limits.maxServices;
    if (!known || service.length > LONGEST_NAME) {
      this.#overflows.count('services', '', at);
      return this.#add(OTHER, OTHER, true);
    }
    const room = (operations?.size ?? 0) < this.#limits.maxOperations && this.count < MOST_OPERATIONS;
    if (room && operation.length <= LONGEST_NAME) return this.#add(service, operation, true);
    this.#overflows.count('operations', service, at);
    return this.#add(service, OTHER, true);
  }

  #add(service: string, operation: string, named: boolean): number {
    let operations = this.#services.get(service);
    if (operations === undefined) this.#services.set(service, (operations = new Map()));
    const found = operations.get(operation);
    if (found !== undefined) return found;
    const place = this.#operations.push({ service, operation }) - 1;
    operations.set(operation, place);
    this.#named.push(named);
    return place;
  }
}

/** The operations that rollups tell apart. A rollup takes `places` once and keeps to them: later ones number anew. */
export class KnownOperations {
  places: OperationPlaces;
  #since = 0;

  constructor(limits: OperationLimits, overflows: Overflows) {
    this.places = new OperationPlaces(limits, overflows);
  }

  /** Once a day, and where the clock was set back by one, forgets what no span named since the last time. */
  forget(now: number): void {
    if (Math.abs(now - this.#since) < FORGET_MS) return;
    if (this.#since > 0) this.places = this.places.withoutUnnamed();
    this.#since = now;
  }
}
