import type { Outcome } from '../http/webhook.ts';
import type { Notification, Picture } from './notification.ts';

/** A way to reach people. */
export interface Channel {
  /**
   * Hands a notification over; never rejects.
   * @param id the same for every attempt at the same notification, so that the other side can tell a repetition
   */
  send(id: string, notification: Notification, picture: Picture | undefined): Promise<Outcome>;
  /** Whether the channel shows pictures; drawing one costs a query. */
  readonly wantsPicture: boolean;
  close(): void;
}
