/**
 * Stored password hashes in the PHC string format. A hash names its own parameters, so that they can be
 * raised; the limits keep a hash of another origin from costing gigabytes or minutes at each login.
 */
interface Argon2Hash {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: string;
  readonly tag: string;
}

/** Generous for hashes of other versions: 64 MiB, a few times what this one spends. */
const MEMORY_KIB_MAX = 65_536;
const PASSES_MAX = 8;
const PARALLELISM_MAX = 4;
/** Characters of 8 bytes, the least that Argon2 takes. */
const SALT_LENGTH_MIN = 11;
/** Characters of 16 bytes: of a short one, many passwords would be right. */
const TAG_LENGTH_MIN = 22;
const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{1,172})$/;

/** Undefined for a text in another format. */
export function readArgon2Hash(hashed: string): Argon2Hash | undefined {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(hashed) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  return {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    ...{ salt, tag },
  };
}

/** Whether the hash may be computed, and is so long that other passwords do not match it. */
export function isWithinLimits({ memoryKib, passes, parallelism, salt, tag }: Argon2Hash): boolean {
  const isBounded =
    memoryKib <= MEMORY_KIB_MAX && passes <= PASSES_MAX && parallelism <= PARALLELISM_MAX;
  const isLong = salt.length >= SALT_LENGTH_MIN && tag.length >= TAG_LENGTH_MIN;
  return isBounded && isLong && passes >= 1 && parallelism >= 1 && memoryKib >= 8 * parallelism;
}
