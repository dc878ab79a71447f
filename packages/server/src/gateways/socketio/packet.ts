/**
 * Events as packets, made once and sent to many: as text for polling, and as a whole
 * WebSocket frame, which the engine writes as it is (SIO-8a).
 *
 * Source: the Socket.IO protocol, version 5: `2` is an event of the default
 * namespace; the Engine.IO protocol, version 4: `4` is a message.
 */
import { Sender } from '@parley/websocket/ws';
import { SmallMap } from '../../domain/primitives/small-map.ts';
import type { ServerEvent } from './encode.ts';

interface EncodedPacket {
  readonly text: string;
  readonly options: { readonly wsPreEncodedFrame: readonly Buffer[] };
}

/** Tells the link that the client is further behind than this dialect can say. */
export const TOO_FAR_BEHIND = Object.freeze({ kind: 'too-far-behind' });

const TEXT_OPCODE = 1;

/** For one receiver. */
export function toPacketText({ name, payload }: ServerEvent, offset?: string): string {
  return `2${JSON.stringify([name, payload, ...(offset === undefined ? [] : [offset])])}`;
}

/** For many, whose offsets are of one form or the other. */
export class Packet {
  readonly event: ServerEvent;
  readonly #encoded = new SmallMap<string | undefined, EncodedPacket>();

  constructor(event: ServerEvent) {
    this.event = event;
  }

  with(offset: string | undefined): EncodedPacket {
    const there = this.#encoded.get(offset);
    if (there !== undefined) return there;
    const text = toPacketText(this.event, offset);
    const frame = Sender.frame(`4${text}`, { opcode: TEXT_OPCODE, fin: true });
    const encoded = { text, options: { wsPreEncodedFrame: frame } };
    this.#encoded.set(offset, encoded);
    return encoded;
  }
}
