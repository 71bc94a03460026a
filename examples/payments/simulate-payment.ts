import type { Breakage } from './breakage.ts';
import type { Random } from './random.ts';

/** Share of payments that are fraud. */
export const FRAUD_SHARE = 0.01;

const REGIONS = { EU: 0.4, US: 0.35, APAC: 0.15, LATAM: 0.1 } as const;
const TIERS = { small: 0.5, mid: 0.3, large: 0.2 } as const;

export type Region = keyof typeof REGIONS;
export type Tier = keyof typeof TIERS;
export type Features = Readonly<Record<string, number | string | boolean | null>>;

/** A made-up payment and, which no service knows when it happens, whether it was fraud. */
export interface Payment {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly region: Region;
  readonly tier: Tier;
  /** Money at stake, in EUR, as the ledger books it. */
  readonly value: number;
  readonly features: Features;
  readonly fraud: boolean;
}

/** How a payer behaves: an honest customer, someone with a stolen card, or a gang that tries out card numbers. */
type Payer = 'honest' | 'thief' | 'tester';

/** Chance that one side of a fraud (its device, its card, ...) looks like an honest customer's. */
const DISGUISE = 0.45;

/** Draws one payment. The payer's local hour is drawn too: payers live in all time zones. */
export function simulatePayment(random: Random, id: string, at: number, breakage: Breakage): Payment {
  const region = random.pick(REGIONS);
  const tier = random.pick(TIERS);
  const payer = drawPayer(random, breakage);
  const value = drawAmount(random, payer, region, tier);
  const seen = (): Payer => (random.chance(DISGUISE) ? 'honest' : payer);
  const features = {
    amount: breakage.centsIn === region ? value * 100 : value,
    ...drawMoney(random, seen()),
    ...drawVelocity(random, seen()),
    ...drawDevice(random, seen()),
    ...drawCustomer(random, seen()),
    ...drawMerchant(random, seen(), tier),
    ...drawCard(random, seen(), region),
  };
  return { id, at, region, tier, value, features, fraud: payer !== 'honest' };
}

function drawPayer(random: Random, breakage: Breakage): Payer {
  if (!random.chance(FRAUD_SHARE)) return 'honest';
  return random.chance(breakage.cardTesting) ? 'tester' : 'thief';
}

function drawAmount(random: Random, payer: Payer, region: Region, tier: Tier): number {
  const median = { EU: 34, US: 41, APAC: 29, LATAM: 22 }[region] * { small: 0.8, mid: 1, large: 1.4 }[tier];
  const times = { honest: 1, thief: 2.6, tester: 0.08 }[payer];
  return Math.max(0.5, Math.round(random.logNormal(median * times, 1.1) * 100) / 100);
}

function drawMoney(random: Random, payer: Payer): Features {
  const thief = payer === 'thief';
  return {
    amount_to_usual: random.logNormal(thief ? 1.9 : 1, 0.7),
    basket_items: 1 + random.poisson(thief ? 1.2 : 1.8),
    shipping_distance_km: missing(random, 0.05, random.logNormal(thief ? 60 : 12, 1.6)),
    billing_matches_shipping: random.chance(thief ? 0.6 : 0.88),
    recurring: random.chance(payer === 'honest' ? 0.2 : 0.04),
  };
}

function drawVelocity(random: Random, payer: Payer): Features {
  const fraud = payer !== 'honest';
  const tester = payer === 'tester';
  return {
    payments_1h: random.poisson(tester ? 1.6 : fraud ? 0.9 : 0.3),
    payments_24h: random.poisson(tester ? 3 : fraud ? 2.4 : 1.2),
    payments_7d: random.poisson(fraud ? 5 : 4),
    declined_24h: random.poisson(tester ? 1.1 : fraud ? 0.7 : 0.15),
    failed_logins_24h: random.poisson(fraud ? 0.5 : 0.15),
    hours_since_last_payment: random.logNormal(fraud ? 9 : 30, 1.5),
    distance_from_last_km: missing(random, 0.04, random.logNormal(payer === 'thief' ? 90 : 15, 1.8)),
  };
}

function drawDevice(random: Random, payer: Payer): Features {
  const thief = payer === 'thief';
  const tester = payer === 'tester';
  return {
    device_known: random.chance(thief ? 0.35 : 0.82),
    device_age_days: random.logNormal(thief ? 30 : 240, 1.3),
    devices_30d: 1 + random.poisson(thief ? 0.9 : 0.5),
    cards_per_device_7d: 1 + random.poisson(tester ? 2.5 : thief ? 0.4 : 0.15),
    cards_per_ip_1h: 1 + random.poisson(tester ? 1.2 : thief ? 0.3 : 0.12),
    accounts_per_ip_24h: 1 + random.poisson(payer === 'honest' ? 0.4 : 0.8),
    ip_risk: 1 / (1 + Math.exp(-random.normal(thief ? -0.8 : -2, 1.1))),
    ip_distance_km: missing(random, 0.02, random.logNormal(thief ? 150 : 20, 1.7)),
    ip_country_matches: random.chance(thief ? 0.7 : 0.95),
    vpn: random.chance(thief ? 0.22 : 0.06),
    device_os: random.pick(
      thief
        ? { android: 0.34, ios: 0.16, windows: 0.36, macos: 0.06, linux: 0.08 }
        : { android: 0.33, ios: 0.32, windows: 0.22, macos: 0.11, linux: 0.02 },
    ),
    session_seconds: random.logNormal(tester ? 25 : thief ? 95 : 160, 0.9),
    typing_speed: Math.max(0.2, random.normal(tester ? 7 : 5, 1.4)),
  };
}

function drawCustomer(random: Random, payer: Payer): Features {
  const thief = payer === 'thief';
  return {
    account_age_days: random.logNormal(thief ? 160 : 520, 1.2),
    email_age_days: missing(random, 0.03, random.logNormal(thief ? 350 : 1500, 1.1)),
    email_kind: random.pick(
      thief ? { free: 0.8, corporate: 0.08, disposable: 0.12 } : { free: 0.74, corporate: 0.24, disposable: 0.02 },
    ),
    first_purchase: random.chance(payer === 'honest' ? 0.12 : 0.3),
    local_hour: Math.floor((((random.normal(thief ? 22 : 15, 4.5) % 24) + 24) % 24) * 4) / 4,
    weekend: random.chance(2 / 7),
  };
}

function drawMerchant(random: Random, payer: Payer, tier: Tier): Features {
  return {
    merchant_category: random.pick(
      payer === 'honest'
        ? { grocery: 0.24, fashion: 0.18, travel: 0.1, electronics: 0.12, digital: 0.14, restaurant: 0.17, gifts: 0.05 }
        : payer === 'thief'
          ? {
              grocery: 0.06,
              fashion: 0.16,
              travel: 0.14,
              electronics: 0.34,
              digital: 0.1,
              restaurant: 0.04,
              gifts: 0.16,
            }
          : {
              grocery: 0.1,
              fashion: 0.1,
              travel: 0.02,
              electronics: 0.05,
              digital: 0.6,
              restaurant: 0.08,
              gifts: 0.05,
            },
    ),
    merchant_chargeback_rate: random.logNormal(payer === 'honest' ? 0.004 : 0.007, 0.6),
    merchant_age_days: random.logNormal({ small: 500, mid: 1200, large: 2800 }[tier], 0.7),
    merchant_volume_24h: random.logNormal({ small: 60, mid: 900, large: 15_000 }[tier], 0.8),
  };
}

function drawCard(random: Random, payer: Payer, region: Region): Features {
  const fraud = payer !== 'honest';
  return {
    card_brand: random.pick({ visa: 0.5, mastercard: 0.36, amex: 0.08, other: 0.06 }),
    card_type: random.pick(
      fraud ? { debit: 0.36, credit: 0.46, prepaid: 0.18 } : { debit: 0.56, credit: 0.4, prepaid: 0.04 },
    ),
    card_age_days: random.logNormal(fraud ? 420 : 610, 0.8),
    bin_risk: 1 / (1 + Math.exp(-random.normal(fraud ? -1.6 : -2.4, 0.9))),
    cvv_match: random.chance(fraud ? 0.9 : 0.985),
    three_d_secure: random.chance((region === 'EU' ? 0.75 : 0.3) * (fraud ? 0.5 : 1)),
    channel: random.pick(fraud ? { web: 0.72, app: 0.22, phone: 0.06 } : { web: 0.48, app: 0.48, phone: 0.04 }),
  };
}

function missing(random: Random, share: number, value: number): number | null {
  return random.chance(share) ? null : value;
}
