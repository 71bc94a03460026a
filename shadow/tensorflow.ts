import { createRequire } from 'node:module';
import type * as converter from '@tensorflow/tfjs-converter';
import type * as core from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

/**
 * Loads a package of TensorFlow.js into this thread. Required, not imported: each thread that opens a model loads megabytes of
 * CommonJS, which an import first reads through for the names of its exports.
 */
export const requireTensorflow: NodeJS.Require = createRequire(import.meta.url);

export const tf: typeof core = requireTensorflow('@tensorflow/tfjs-core');
export const { loadLayersModel }: typeof layers = requireTensorflow('@tensorflow/tfjs-layers');
export const { loadGraphModel }: typeof converter = requireTensorflow('@tensorflow/tfjs-converter');
