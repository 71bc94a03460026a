import { describe, expect, it } from 'vitest';
import { KnownOperations } from '../../../../daemon/ingest/rollups/known-operations.ts';
import { Overflows } from '../../../../daemon/ingest/rollups/overflows.ts';

const DAY = 86_400_000;
const NOON = 1_795_000_000_000;

function opened(maxServices = 3, maxOperations = 4) {
  const overflows = new Overflows();
  const known = new KnownOperations({ maxServices, maxOperations }, overflows);
  const name = (service: string, operation: string): string => {
    const { places } = known;
    const found = places.at(places.placeOf(service, operation, NOON));
    return `${found.service}/${found.operation}`;
  };
  return { overflows, known, name };
}

describe('operations that rollups tell apart', () => {
  it('have one place each, the same every time', () => {
    const { known } = opened();
    const places = [
      ['checkout', 'charge'],
      ['checkout', 'refund'],
      ['ledger', 'charge'],
      ['checkout', 'charge'],
    ].map(([service, operation]) => known.places.placeOf(service!, operation!, NOON));
    expect(places).toEqual([0, 1, 2, 0]);
  });

  it('share the place of other beyond the limit of their service, and are counted under its name', () => {
    const { overflows, name } = opened();
    for (const operation of ['a', 'b', 'c', 'd']) expect(name('shop', operation)).toBe(`shop/${operation}`);
    expect(name('shop', 'e')).toBe('shop/other');
    expect(name('shop', 'f')).toBe('shop/other');
    expect(name('shop', 'a')).toBe('shop/a');
    expect(name('ledger', 'e')).toBe('ledger/e');
    expect(overflows.list()).toEqual([{ kind: 'operations', owner: 'shop', times: 2, lastAt: NOON }]);
  });

  it('of services beyond the limit are counted together, whatever the services are called', () => {
    const { overflows, name, known } = opened();
    for (const service of ['a', 'b', 'c']) name(service, 'read');
    for (let at = 0; at < 1000; at++) expect(name(`flood-${at}`, `op-${at}`)).toBe('other/other');
    expect(known.places.count).toBe(4);
    expect(overflows.list()).toEqual([{ kind: 'services', owner: '', times: 1000, lastAt: NOON }]);
  });

  it('with names of a megabyte are not held in memory', () => {
    const { name } = opened();
    expect(name('shop', 'x'.repeat(1_000_000))).toBe('shop/other');
    expect(name('x'.repeat(1_000_000), 'read')).toBe('other/other');
  });

  it('stay within bounds whatever a million names are like', () => {
    const { known } = opened(1000, 1000);
    for (let at = 0; at < 1_000_000; at++) known.places.placeOf(`service-${at % 997}`, `op-${at}`, NOON);
    expect(known.places.count).toBeLessThanOrEqual(200_000 + 997);
  });

  it('are forgotten when no span named them for a day, so that a flood makes room again', () => {
    const { known, name } = opened();
    known.forget(NOON);
    for (const operation of ['real', 'flood-1', 'flood-2', 'flood-3']) name('shop', operation);
    expect(name('shop', 'new')).toBe('shop/other');
    known.forget(NOON + DAY);
    expect(name('shop', 'real')).toBe('shop/real');
    expect(name('shop', 'new')).toBe('shop/other');
    known.forget(NOON + 2 * DAY);
    expect(name('shop', 'new')).toBe('shop/new');
    expect(name('shop', 'real')).toBe('shop/real');
  });

  it('keep their places in a rollup that was begun before others were forgotten', () => {
    const { known, name } = opened();
    known.forget(NOON);
    name('shop', 'gone');
    const { places } = known;
    const place = places.placeOf('shop', 'stays', NOON);
    known.forget(NOON + DAY);
    known.forget(NOON + 2 * DAY);
    expect(known.places).not.toBe(places);
    expect(places.at(place)).toEqual({ service: 'shop', operation: 'stays' });
  });
});
