/**
 * Loaded into a server, makes it a node of a later version: everything that it publishes on the bus
 * has fields that this version does not know, and a later version of the header.
 */
import { withAddedFields } from '../../packages/server/test/support/later-version.ts';

const stringify = JSON.stringify;
JSON.stringify = (value: unknown, ...rest: never[]) =>
  stringify(isBusFrame(value) ? { ...withAddedFields(value), version: 2 } : value, ...rest);

/** Frames have these fields only (`BusCodec`). */
function isBusFrame(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(value).join() === 'version,deployment,node,message';
}
