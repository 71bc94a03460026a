/** A point of a series at which a method of change detection fired. */
export interface Alarm {
  readonly index: number;
  /** The point at which the method sees the change begin; the alarm comes later, by its delay. */
  readonly onset: number;
}

/** What a method makes of a series, point by point. */
export interface Folded {
  readonly alarms: readonly Alarm[];
  /** The test statistic over its threshold after each point: above 1 it fires, and starts anew with the next point. */
  readonly ratios: readonly number[];
}
