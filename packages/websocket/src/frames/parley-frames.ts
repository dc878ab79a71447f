#!/usr/bin/env node
/** The command `parley-frames`: explains captured WebSocket frames. */
import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { explainFrames } from './explain-frames.ts';
import { quote } from './format.ts';
import { decodeInput, findHandshake, readAll } from './read-input.ts';

const MEBIBYTE = 1_048_576;
const MESSAGE_BYTES_MAX = 64 * MEBIBYTE;
const SHOWN_BYTES = 32;
/** Three characters for each byte in hex, and a handshake. */
const INPUT_BYTES_MAX = 4 * MESSAGE_BYTES_MAX;

const HELP = `parley-frames [FILE] [OPTION ...]

Explains the bytes that one side of a WebSocket connection has sent, frame by frame, up to the first
violation of RFC 6455. Reads FILE, or the standard input without one. An opening handshake before the
frames is skipped.

  --from SIDE          client or server. Default: by the mask of the first frame.
  --hex, --binary      Form of the input. Default: hex if it has nothing but hex digits and separators.
  --no-deflate         permessage-deflate was not agreed on: RSV1 is a violation. Default: it was,
                       unless the input begins with a response that does not accept it.
  --max-message BYTES  A larger message, also after it is inflated, is an error (${MESSAGE_BYTES_MAX}).
  --payload-bytes N    Bytes of each payload that are shown (${SHOWN_BYTES}).

The exit code is 0 if all frames are valid and complete, 1 if not, 2 if the input cannot be read.`;

const OPTIONS = {
  from: { type: 'string' },
  hex: { type: 'boolean' },
  binary: { type: 'boolean' },
  'no-deflate': { type: 'boolean' },
  'max-message': { type: 'string', default: String(MESSAGE_BYTES_MAX) },
  'payload-bytes': { type: 'string', default: String(SHOWN_BYTES) },
  help: { type: 'boolean' },
} as const;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const [file = '-', ...others] = positionals;
  if (others.length > 0) throw new Error('give one file');
  const { from, hex, binary } = values;
  if (from !== undefined && from !== 'client' && from !== 'server') {
    throw new Error(`--from is client or server, not ${quote(from, from.length)}`);
  }
  if (hex && binary) throw new Error('give --hex or --binary, not both');
  const messageBytesMax = toNumber('max-message', values['max-message'], MESSAGE_BYTES_MAX);
  const shownBytes = toNumber('payload-bytes', values['payload-bytes'], MESSAGE_BYTES_MAX);

  const input = await readAll(
    file === '-' ? process.stdin : createReadStream(file),
    INPUT_BYTES_MAX,
  );
  const bytes = decodeInput(input, hex ? 'hex' : binary ? 'binary' : undefined);
  const handshake = findHandshake(bytes);
  if (handshake !== undefined) {
    const { byteCount, title } = handshake;
    console.log(`opening handshake, ${byteCount} bytes: ${quote(title, title.length)}`);
  }
  const frames = explainFrames(bytes.subarray(handshake?.byteCount ?? 0), {
    from: from ?? handshake?.from,
    hasDeflate: values['no-deflate'] !== true && handshake?.hasDeflate !== false,
    messageBytesMax,
    shownBytes,
  });
  for (;;) {
    const { value, done } = await frames.next();
    if (done) return value ? 0 : 1;
    console.log(value);
  }
}

function toNumber(option: string, text: string, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number <= max) return number;
  throw new Error(`--${option} takes a whole number up to ${max}, not ${quote(text, text.length)}`);
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(`parley-frames: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  },
);
