import { quoteText } from './bind-parameters.ts';
import type { Engine } from './engine.ts';

/** A claim of the lease: the newest number counts. */
export interface Claim {
  readonly number: number;
  /** Empty where it was given back, or was never held. */
  readonly holder: string;
}

/** The lease as stored: which daemon of this store judges and acts. */
export interface LeaseRows {
  newest(): Promise<Claim>;
  /**
   * Claims a number. The store takes one claim of a number, whoever sends it, because all carry the same deduplication token.
   * @returns whether the number is this holder's
   */
  claim(claim: Claim): Promise<boolean>;
}

const NAME = 'watch';

export function leaseRows(engine: Engine): LeaseRows {
  const newest = async (): Promise<Claim> => {
    const [row] = await engine.rows<Claim>(
      'SELECT number, holder FROM {database}.lease WHERE name = {name:String} ORDER BY number DESC LIMIT 1',
      { name: NAME },
    );
    return row ?? { number: 0, holder: '' };
  };
  return {
    newest,
    async claim({ number, holder }) {
      // Asynchronous inserts remember tokens apart, see insertBlocks.
      await engine.run(
        `INSERT INTO {database}.lease (name, number, holder)
         SETTINGS insert_deduplicate = 1, async_insert = 0, insert_deduplication_token = ${quoteText(`${NAME}-${number}`)}
         SELECT {name:String}, {number:UInt64}, {holder:String}`,
        { name: NAME, number, holder },
      );
      const found = await newest();
      return found.number === number && found.holder === holder;
    },
  };
}
