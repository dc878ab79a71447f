/**
 * Encodes events as packets once for many receivers: as text for polling, and as a complete
 * WebSocket frame, which the engine writes unchanged.
 *
 * Source: the Socket.IO protocol, version 5: `2` is an event of the default
 * namespace; the Engine.IO protocol, version 4: `4` is a message.
 */
import { Sender } from '@parley/websocket/ws';
import { SmallMap } from '../../domain/primitives/small-map.ts';
import type { WholeFrame } from './direct-write.ts';
import type { ServerEvent } from './encode.ts';

interface EncodedPacket {
  readonly text: string;
  readonly options: { readonly wsPreEncodedFrame: WholeFrame };
}

/** Tells the transport that the client is further behind than this dialect can express. */
export const TOO_FAR_BEHIND = Object.freeze({ kind: 'too-far-behind' });

const TEXT_OPCODE = 1;

/** Encodes a packet for one receiver. */
export function toPacketText({ name, payload }: ServerEvent, offset?: string): string {
  return `2${JSON.stringify([name, payload, ...(offset === undefined ? [] : [offset])])}`;
}

/** Encodes a packet for many receivers, whose offsets have one of two formats. */
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
    const encoded: EncodedPacket = {
      text,
      options: { wsPreEncodedFrame: [Buffer.concat(frame)] },
    };
    this.#encoded.set(offset, encoded);
    return encoded;
  }
}
