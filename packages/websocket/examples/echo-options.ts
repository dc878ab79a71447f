/** Reads the command line of the echo server. What is wrong is told in one line. */
import { parseArgs } from 'node:util';

export interface EchoSettings {
  readonly port: number;
  readonly host: string;
  /** A text on which the server starts a close. */
  readonly closeCommand: string | undefined;
  /** Whether permessage-deflate is offered. */
  readonly hasDeflate: boolean;
  /** By the names of the server's options; only those that were given. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
}

type LimitName = (typeof LIMITS)[keyof typeof LIMITS];

const LIMITS = {
  'max-message': 'maxMessageSize',
  'handshake-timeout': 'handshakeTimeout',
  'close-timeout': 'closeTimeout',
  'heartbeat-interval': 'heartbeatInterval',
  'heartbeat-timeout': 'heartbeatTimeout',
} as const;

const OPTIONS = {
  port: { type: 'string', default: '8080' },
  host: { type: 'string', default: '127.0.0.1' },
  'close-command': { type: 'string' },
  'max-message': { type: 'string' },
  'handshake-timeout': { type: 'string' },
  'close-timeout': { type: 'string' },
  'heartbeat-interval': { type: 'string' },
  'heartbeat-timeout': { type: 'string' },
  'no-deflate': { type: 'boolean' },
} as const;

/** @throws {Error} for an option that does not exist, or a number that is none. */
export function readEchoSettings(args: readonly string[]): EchoSettings {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const limits: Partial<Record<LimitName, number>> = {};
  for (const [option, name] of Object.entries(LIMITS)) {
    // The keys of LIMITS are keys of OPTIONS, each of type string.
    const text = values[option as keyof typeof LIMITS];
    if (text !== undefined) limits[name] = toNumber(option, text);
  }
  return {
    port: toNumber('port', values.port),
    host: values.host,
    closeCommand: values['close-command'],
    hasDeflate: values['no-deflate'] !== true,
    limits,
  };
}

function toNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${option} takes a whole number, not '${text}'`);
  return Number(text);
}
