/**
 * Events as packets, made once and sent to many: as text for polling, and as a whole
 * WebSocket frame, which the engine writes as it is (SIO-8a).
 *
 * Source: the Socket.IO protocol, version 5: `2` is an event of the default
 * namespace; the Engine.IO protocol, version 4: `4` is a message.
 */
import { Sender } from '@parley/websocket/ws';
import type { ServerEvent } from './encode.ts';
import { toOffset } from './sent-log.ts';

export interface Packet {
  readonly text: string;
  readonly options: { readonly wsPreEncodedFrame: readonly Buffer[] };
  readonly event: ServerEvent;
}

/** Tells the link that the client is further behind than this dialect can say. */
export const TOO_FAR_BEHIND = Object.freeze({ kind: 'too-far-behind' });

const TEXT_OPCODE = 1;

/** For one receiver. */
export function toPacketText({ name, payload, place }: ServerEvent): string {
  const offset = place === undefined ? [] : [toOffset(place)];
  return `2${JSON.stringify([name, payload, ...offset])}`;
}

/** For many. */
export function toPacket(event: ServerEvent): Packet {
  const text = toPacketText(event);
  const frame = Sender.frame(`4${text}`, { opcode: TEXT_OPCODE, fin: true });
  return { text, options: { wsPreEncodedFrame: frame }, event };
}
