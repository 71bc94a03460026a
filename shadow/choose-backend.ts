import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { firstLine } from './first-line.ts';
import { tf } from './tensorflow.ts';

const require = createRequire(import.meta.url);

export type Backend = 'tensorflow' | 'wasm' | 'cpu';
export type BackendChoice = Backend | 'auto';

const IN_ORDER: readonly Backend[] = ['tensorflow', 'wasm', 'cpu'];
/** A name in a variable: the package is optional, so the compiler must not look for it. */
const NATIVE: string = '@tensorflow/tfjs-node';

/**
 * Makes a TensorFlow.js backend current in this thread: the chosen one, or for `auto` the first that works.
 * @returns the backend in use
 * @throws Error when a chosen backend does not work here, saying why
 */
export async function chooseBackend(choice: BackendChoice): Promise<Backend> {
  tf.enableProdMode();
  const refusals: string[] = [];
  for (const backend of choice === 'auto' ? IN_ORDER : [choice]) {
    const refusal = await refusalOf(backend);
    if (refusal === undefined) return backend;
    refusals.push(`${backend}: ${refusal}`);
  }
  throw new Error(
    `no TensorFlow.js backend works here (${refusals.join('; ')}): set replays.backend to auto, or install what is missing`,
  );
}

/** Why the compiled addon of tfjs-node cannot be used, looking from `from`; undefined when its file is there. */
export function missingAddon(from: string): string | undefined {
  let folder: string;
  try {
    folder = dirname(createRequire(from).resolve(`${NATIVE}/package.json`));
  } catch {
    return `${NATIVE} is not installed`;
  }
  // The package is there without its binary where install scripts are refused; importing it would then throw or hang.
  const library = join(folder, 'lib');
  const built = existsSync(library) ? readdirSync(library).filter((name) => name.startsWith('napi-v')) : [];
  return built.some((name) => existsSync(join(library, name, 'tfjs_binding.node')))
    ? undefined
    : `${NATIVE} is installed without its binary (its install script did not run)`;
}

async function refusalOf(backend: Backend): Promise<string | undefined> {
  try {
    if (backend === 'tensorflow') {
      const missing = missingAddon(import.meta.url);
      if (missing !== undefined) return missing;
      // Node 23 removed a function that tfjs-node 4.22 calls.
      (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
      require(NATIVE);
    } else if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm');
    else require('@tensorflow/tfjs-backend-cpu');
    if (!(await tf.setBackend(backend))) return 'it could not be started';
    await tf.ready();
    return selfTest() ? undefined : 'it computes wrong values';
  } catch (error) {
    return firstLine(error);
  }
}

/** sigmoid([1 2] x [[0.5] [-0.5]]) = sigmoid(-0.5), to the precision on which the backends agree. */
function selfTest(): boolean {
  return tf.tidy(() => {
    const product = tf.matMul(tf.tensor2d([1, 2], [1, 2]), tf.tensor2d([0.5, -0.5], [2, 1]));
    const answer = tf.sigmoid(product).dataSync()[0] ?? Number.NaN;
    return Math.abs(answer - 0.3775406687981454) < 1e-5;
  });
}
