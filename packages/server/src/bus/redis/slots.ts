/**
 * Slots of a Redis Cluster: each channel and each key has one, and each slot belongs to a server.
 *
 * Source: the Redis Cluster specification, "Key distribution model" and "Hash tags".
 */
import type { SlotRange } from './find-server.ts';

const SLOT_COUNT = 16_384;
/** Maximum number of names that are tried: enough to find one even for a server with one slot. */
const NAMES_MAX = 16 * SLOT_COUNT;
const POLYNOMIAL = 0x1021;

/** CRC16 (XMODEM) of each byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0);
  return crc;
});

export function slotOf(name: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashedPart(name))) {
    crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ byte] ?? 0)) & 0xffff;
  }
  return crc % SLOT_COUNT;
}

/** The text in the first braces, if it is not empty; else the whole name. */
function hashedPart(name: string): string {
  const start = name.indexOf('{');
  const end = start < 0 ? -1 : name.indexOf('}', start + 1);
  return end > start + 1 ? name.slice(start + 1, end) : name;
}

/** The server of each slot; undefined for a slot that none has. */
export function serversBySlot<Server>(
  ranges: readonly SlotRange[],
  servers: ReadonlyMap<string, Server>,
): readonly (Server | undefined)[] {
  const bySlot = new Array<Server | undefined>(SLOT_COUNT);
  for (const { from, to, url } of ranges) bySlot.fill(servers.get(url), from, to + 1);
  return bySlot;
}

/** Names with this prefix, of which each server has one. */
export function oneChannelEach(
  prefix: string,
  bySlot: readonly (object | undefined)[],
): readonly string[] {
  const found = new Map<object, string>();
  const serverCount = new Set(bySlot.filter((server) => server !== undefined)).size;
  for (let number = 0; found.size < serverCount && number < NAMES_MAX; number += 1) {
    const name = `${prefix}:${number}`;
    const server = bySlot[slotOf(name)];
    if (server !== undefined && !found.has(server)) found.set(server, name);
  }
  return [...found.values()];
}
