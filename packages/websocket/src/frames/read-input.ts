/** The bytes to explain: hex or binary, and without an opening handshake before them. */
import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { DEFLATE_NAME } from '../protocol/deflate-parameters.ts';
import { parseExtensionOffers } from '../protocol/extension-header.ts';
import type { Role } from '../protocol/role.ts';

type InputForm = 'hex' | 'binary';

/** @throws {Error} for more than `bytesMax`. */
export async function readAll(stream: Readable, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of stream) {
    byteCount += chunk.length;
    if (byteCount > bytesMax) throw new Error(`the input has more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Characters between hex digits. */
const SEPARATORS = /0x|\\x|[\s,:]/gi;

/** Without a form it is decided by the content: frames contain bytes that are no hex digits. */
export function decodeInput(content: Buffer, form?: InputForm): Buffer {
  if (form === 'binary') return content;
  const digits = content.toString('latin1').replace(SEPARATORS, '');
  const isHex = digits.length % 2 === 0 && !/[^0-9a-f]/i.test(digits);
  if (form === 'hex' && !isHex) throw new Error('the input is not pairs of hex digits');
  return isHex ? Buffer.from(digits, 'hex') : content;
}

interface CapturedHandshake {
  readonly byteCount: number;
  /** Its first line. */
  readonly title: string;
  readonly from: Role;
  /** Whether the response accepts permessage-deflate; a request only offers it. */
  readonly hasDeflate: boolean | undefined;
}

const HEAD_BYTES_MAX = 65_536;

/** The upgrade request or its response, if the bytes begin with one. */
export function findHandshake(bytes: Buffer): CapturedHandshake | undefined {
  const text = bytes.toString('latin1', 0, HEAD_BYTES_MAX);
  const [, kind] = /^(GET |HTTP\/1\.1 101)/.exec(text) ?? [];
  const end = text.indexOf('\r\n\r\n');
  if (kind === undefined || end === -1) return undefined;
  const [title = '', ...lines] = text.slice(0, end).split('\r\n');
  const from = kind === 'GET ' ? 'client' : 'server';
  const values = lines.flatMap((line) => /^sec-websocket-extensions:(.*)$/i.exec(line)?.[1] ?? []);
  const isAgreed = parseExtensionOffers(values)?.some(({ name }) => name === DEFLATE_NAME);
  const hasDeflate = from === 'client' ? undefined : isAgreed === true;
  return { byteCount: end + 4, title, from, hasDeflate };
}
