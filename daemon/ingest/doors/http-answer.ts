/** An answer of HTTP, however it is sent. */
export interface HttpAnswer {
  readonly status: number;
  /** Names and values by turns, without those of the connection. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array;
}
