import { createRequire } from 'node:module';
import type * as converter from '@tensorflow/tfjs-converter';
import type * as core from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

// Required, not imported: each thread that opens a model loads megabytes of CommonJS, which an import first reads through for
// the names of its exports.
const require = createRequire(import.meta.url);

/** TensorFlow.js in this thread. */
export const tf: typeof core = require('@tensorflow/tfjs-core');
export const { loadLayersModel }: typeof layers = require('@tensorflow/tfjs-layers');
export const { loadGraphModel }: typeof converter = require('@tensorflow/tfjs-converter');
