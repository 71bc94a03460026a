/** A model artifact that may not be used; the message says what is wrong with which file, and what to do. */
export class ModelFileError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ModelFileError';
  }
}
