import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../package-root.ts';

/** As much of WebAssembly as is used here: its types come with those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Seeded };
};

/** A number that a module exports: an address in its memory, or a size. */
export interface Global {
  readonly value: number;
}

/** Each module tells names apart by a hash. */
interface Seeded {
  readonly seed: { value: bigint };
}

const compiled = new Map<string, object>();

/** Starts a module of `assembly/`. @returns what it exports */
export function startModule(name: string, imports: object = {}): unknown {
  let module = compiled.get(name);
  if (module === undefined) {
    const file = join(PACKAGE_ROOT, `dist/daemon/ingest/assembly/${name}.wasm`);
    compiled.set(name, (module = new WebAssembly.Module(readFileSync(file))));
  }
  const abort = (): never => {
    throw new Error(`${name} failed`);
  };
  const { exports } = new WebAssembly.Instance(module, { env: { abort }, ...imports });
  exports.seed.value = randomBytes(8).readBigUInt64LE();
  return exports;
}
