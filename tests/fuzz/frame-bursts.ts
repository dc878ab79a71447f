/** Bursts over the dialects with JSON frames: `/ws`, `/ws/chat`, `/messagepal`. */
import { CHANNEL_FRAMES } from '../../packages/protocol/src/channels/client-frames.ts';
import { CLIENT_FRAMES } from '../../packages/protocol/src/commands/client-frames.ts';
import { DIRECT_FRAMES } from '../../packages/protocol/src/direct/client-frames.ts';
import type { Burst, BurstContext } from './burst.ts';
import { mutateText, writeMutated } from './mutations.ts';
import { ODD_NAMES } from './odd-values.ts';
import { type Schema, SchemaValues } from './schema-values.ts';
import { playWebSocket } from './web-socket-burst.ts';

const INPUTS_PER_BURST = 30;
const LAST = 'last-question';

interface FrameDialect {
  readonly path: string;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly toFrame: (type: string, fields: unknown, context: BurstContext) => unknown;
  readonly question: object;
  readonly isAnswer: (text: string) => boolean;
}

const native: FrameDialect = {
  path: '/ws',
  schemas: CLIENT_FRAMES as unknown as Readonly<Record<string, Schema>>,
  toFrame: (type, payload, { random }) => ({
    type,
    payload,
    ...(random.isOneIn(3) ? { id: `f${random.below(9)}` } : {}),
    ...(random.isOneIn(6) ? { timestamp: '2026-01-01T00:00:00.000Z' } : {}),
  }),
  question: { type: 'ping', payload: {}, id: LAST },
  isAnswer: (text) => text.includes(LAST),
};

const flat = (path: string, schemas: object): FrameDialect => ({
  path,
  schemas: schemas as Readonly<Record<string, Schema>>,
  toFrame: (type, fields) => ({ type, ...(fields as object) }),
  // An answer without an id: the error names the rejected type.
  question: { type: LAST },
  isAnswer: (text) => text.includes(LAST),
});

function burstOf(dialect: FrameDialect): Burst {
  return async (context) => {
    const { url, account, random, transcript } = context;
    const values = new SchemaValues(random, context.known);
    const types = Object.keys(dialect.schemas) as [string, ...string[]];
    const inputs = Array.from({ length: INPUTS_PER_BURST }, () => {
      const type = random.pick(types);
      const fields = values.make(dialect.schemas[type] ?? {});
      const shown = random.isOneIn(30) ? random.pick(ODD_NAMES) : type;
      const text = writeMutated(dialect.toFrame(shown, fields, context), random);
      // As a binary message, perhaps not UTF-8.
      return random.isOneIn(25) ? Buffer.from(mutateText(text, random), 'latin1') : text;
    });
    await playWebSocket({
      url: `${url.replace('http', 'ws')}${dialect.path}`,
      options: { headers: { cookie: account.cookie } },
      inputs,
      question: JSON.stringify(dialect.question),
      isAnswer: dialect.isAnswer,
      transcript,
    });
  };
}

export const FRAME_BURSTS: Readonly<Record<string, Burst>> = {
  native: burstOf(native),
  channels: burstOf(flat('/ws/chat', CHANNEL_FRAMES)),
  direct: burstOf(flat('/messagepal', DIRECT_FRAMES)),
};
