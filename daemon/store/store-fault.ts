/**
 * What a failed insert says: the store as a whole cannot take anything now (`away`), it looked at these rows and refused them
 * (`refused`), or neither can be told from the error (`unclear`).
 */
export type LoadFault = 'away' | 'refused' | 'unclear';

/** Why a table of a segment is not in the store. */
export interface LoadFailure {
  /** ClickHouse's number of the error, where it gave one. */
  readonly code: number | null;
  readonly reason: string;
}

/**
 * Errors of ClickHouse that pass without anybody touching the rows, by number and name as `errorCodeToName` has them: the
 * server is overloaded, out of memory or disk, stopping, cut off from its keeper, or does not let us in.
 */
export const PASSING_ERRORS: ReadonlyMap<number, string> = new Map([
  [81, 'UNKNOWN_DATABASE'],
  [95, 'CANNOT_READ_FROM_SOCKET'],
  [96, 'CANNOT_WRITE_TO_SOCKET'],
  [159, 'TIMEOUT_EXCEEDED'],
  [160, 'TOO_SLOW'],
  [164, 'READONLY'],
  [173, 'CANNOT_ALLOCATE_MEMORY'],
  [198, 'DNS_ERROR'],
  [201, 'QUOTA_EXCEEDED'],
  [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  [203, 'NO_FREE_CONNECTION'],
  [209, 'SOCKET_TIMEOUT'],
  [210, 'NETWORK_ERROR'],
  [225, 'NO_ZOOKEEPER'],
  [236, 'ABORTED'],
  [241, 'MEMORY_LIMIT_EXCEEDED'],
  [242, 'TABLE_IS_READ_ONLY'],
  [243, 'NOT_ENOUGH_SPACE'],
  [244, 'UNEXPECTED_ZOOKEEPER_ERROR'],
  [252, 'TOO_MANY_PARTS'],
  [254, 'NO_ACTIVE_REPLICAS'],
  [265, 'NO_AVAILABLE_REPLICA'],
  [279, 'ALL_CONNECTION_TRIES_FAILED'],
  [285, 'TOO_FEW_LIVE_REPLICAS'],
  [286, 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE'],
  [289, 'REPLICA_IS_NOT_IN_QUORUM'],
  [319, 'UNKNOWN_STATUS_OF_INSERT'],
  [364, 'RECEIVED_ERROR_TOO_MANY_REQUESTS'],
  [369, 'ALL_REPLICAS_ARE_STALE'],
  [373, 'SESSION_IS_LOCKED'],
  [394, 'QUERY_WAS_CANCELLED'],
  [425, 'SYSTEM_ERROR'],
  [439, 'CANNOT_SCHEDULE_TASK'],
  [473, 'DEADLOCK_AVOIDED'],
  [497, 'ACCESS_DENIED'],
  [499, 'S3_ERROR'],
  [516, 'AUTHENTICATION_FAILED'],
  [519, 'NO_REMOTE_SHARD_AVAILABLE'],
  [574, 'DISTRIBUTED_TOO_MANY_PENDING_BYTES'],
  [692, 'TOO_MANY_MUTATIONS'],
  [696, 'ASYNC_LOAD_CANCELED'],
  [700, 'USER_SESSION_LIMIT_EXCEEDED'],
  [735, 'QUERY_WAS_CANCELLED_BY_CLIENT'],
  [745, 'SERVER_OVERLOADED'],
  [749, 'TCP_CONNECTION_LIMIT_REACHED'],
  [762, 'HTTP_CONNECTION_LIMIT_REACHED'],
  [776, 'RESOURCE_LIMIT_EXCEEDED'],
  [777, 'MEMORY_RESERVATION_KILLED'],
  [778, 'MEMORY_RESERVATION_FAILED'],
  [999, 'KEEPER_EXCEPTION'],
]);

/** Errors of ClickHouse that only pass on what the operating system said, which is in the message. */
const SYSTEM_ERRORS = new Set([74, 75, 76, 77, 1000, 1001, 1002]);
const SYSTEM_TROUBLE =
  /No space left on device|Disk quota exceeded|Too many open files|Cannot allocate memory|Read-only file system/i;

/** Errors of Node.js on the way to the store. */
const WIRE_ERRORS =
  /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_\w+|EHOST\w+|ENET\w+|ENOSPC|EDQUOT|EROFS|EMFILE|ENFILE|ENOMEM|UND_ERR_\w+)$/;
const WIRE_TROUBLE = /timeout|timed out|socket hang up|connection (was )?(closed|reset|refused)/i;

const LONGEST_REASON = 500;

/** Judges by number and words alone: errors lose their class on the way from one thread to another. */
export function faultOf(error: unknown): LoadFault {
  const message = messageOf(error);
  const code = codeOf(error);
  if (code !== null) {
    if (PASSING_ERRORS.has(code)) return 'away';
    return SYSTEM_ERRORS.has(code) && SYSTEM_TROUBLE.test(message) ? 'away' : 'refused';
  }
  const name = nameOf(error);
  return WIRE_ERRORS.test(name) || WIRE_TROUBLE.test(message) || SYSTEM_TROUBLE.test(message) ? 'away' : 'unclear';
}

/** The error in a form that can be kept and shown: one line, cut. */
export function failureOf(error: unknown): LoadFailure {
  const reason = messageOf(error).replaceAll(/\s+/g, ' ').trim();
  return { code: codeOf(error), reason: reason.slice(0, LONGEST_REASON) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** ClickHouse's number: the client gives it as the error's `code`, some paths only at the head of the message. */
function codeOf(error: unknown): number | null {
  const found = /^\d+$/.exec(nameOf(error))?.[0] ?? /^Code: (\d+)\b/.exec(messageOf(error))?.[1];
  return found === undefined || found === '0' ? null : Number(found);
}
