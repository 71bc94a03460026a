/** Why a batch got no answer: it took too long, its thread ended, or so many threads were lost that no more are started. */
export type ScoringFault = 'timeout' | 'worker_lost' | 'gave_up';

/** A batch that was not scored, through no fault of its rows' values that could be told. */
export class ScoringError extends Error {
  readonly fault: ScoringFault;
  /** The batch only waited behind another one that cost the thread: it may be asked again. */
  readonly waited: boolean;

  constructor(fault: ScoringFault, message: string, waited = false) {
    super(message);
    this.name = 'ScoringError';
    this.fault = fault;
    this.waited = waited;
  }
}
