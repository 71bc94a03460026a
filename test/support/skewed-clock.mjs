/** Preloaded: the clock of the process is ahead by SKEW_MS milliseconds, or behind; the time that goes by is as it is. */
const RealDate = globalThis.Date;
const skew = Number(process.env['SKEW_MS']);
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + skew);
    else super(...given);
  }
  static now() {
    return RealDate.now() + skew;
  }
};
