/** The frames of the native dialect as an AsyncAPI document, from the table of commands. */
import { LIMITS } from '@parley/protocol';
import { COMMANDS, type CommandEntry, FRAME_FIELDS } from '@parley/protocol/commands';
import { validators } from '../lazy-validators.ts';
import { toRecordSchema, toRecordSchemas } from './record-schemas.ts';

type Sender = 'client' | 'server';
interface Reference {
  readonly $ref: string;
}

/** Both ends have frames of the same type, such as `chat_message`. */
const nameOf = (sender: Sender, type: string): string => `${sender}_${type}`;
const CHANNEL: Reference = { $ref: '#/channels/native' };
const inChannel = (sender: Sender, type: string): Reference => ({
  $ref: `${CHANNEL.$ref}/messages/${nameOf(sender, type)}`,
});
const TIME = { type: 'string', format: 'date-time' };
const FRAME_ID = { type: 'string', maxLength: LIMITS.frameIdLengthMax };

export function toAsyncDocument(version: string): object {
  const commands = Object.entries<CommandEntry>(COMMANDS);
  const frameTypes = Object.keys(FRAME_FIELDS);
  const messages = {
    ...Object.fromEntries(commands.map(([type, entry]) => toCommandMessage(type, entry))),
    ...Object.fromEntries(Object.entries(FRAME_FIELDS).map(toFrameMessage)),
  };
  const references = Object.keys(messages).map((name) => [
    name,
    { $ref: `#/components/messages/${name}` },
  ]);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Parley', version },
    defaultContentType: 'application/json',
    servers: {
      own: {
        host: '{host}',
        protocol: 'ws',
        variables: { host: { default: 'localhost:8080' } },
        security: SECURITY_NAMES.map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
      },
    },
    channels: { native: { address: '/ws', messages: Object.fromEntries(references) } },
    operations: {
      ...Object.fromEntries(commands.map(([type, entry]) => [type, toOperation(type, entry)])),
      // Named unlike any command.
      sendFrames: {
        action: 'send',
        channel: CHANNEL,
        summary: 'Sends the events of rooms and of the connection.',
        messages: frameTypes.map((type) => inChannel('server', type)),
      },
    },
    components: { messages, schemas: toRecordSchemas(), securitySchemes: SECURITY },
  };
}

/** The server receives a command, and answers it. */
function toOperation(type: string, { summary, tier, answer }: CommandEntry): object {
  const replies = [...(answer === undefined ? [] : [answer]), 'error'];
  return {
    action: 'receive',
    channel: CHANNEL,
    summary,
    tags: [{ name: tier }],
    messages: [inChannel('client', type)],
    reply: { channel: CHANNEL, messages: replies.map((reply) => inChannel('server', reply)) },
  };
}

function toCommandMessage(type: string, { summary, example }: CommandEntry): [string, object] {
  const payload = {
    type: 'object',
    required: ['type', 'payload'],
    properties: {
      type: { const: type },
      // The names come from the table.
      payload: validators().CLIENT_FRAMES[type as keyof typeof COMMANDS],
      timestamp: TIME,
      id: FRAME_ID,
    },
  };
  const examples = [{ payload: { type, payload: example } }];
  return [nameOf('client', type), { name: type, summary, payload, examples }];
}

function toFrameMessage([type, fields]: [
  string,
  (typeof FRAME_FIELDS)[keyof typeof FRAME_FIELDS],
]): [string, object] {
  const payload = {
    type: 'object',
    required: ['type', 'payload', 'timestamp'],
    properties: {
      type: { const: type },
      payload: toRecordSchema(fields),
      timestamp: TIME,
      replyTo: FRAME_ID,
    },
  };
  return [nameOf('server', type), { name: type, payload }];
}

const SECURITY = Object.freeze({
  cookie: { type: 'httpApiKey', in: 'cookie', name: 'connect.sid' },
  bearer: { type: 'http', scheme: 'bearer' },
});
const SECURITY_NAMES = Object.keys(SECURITY);
