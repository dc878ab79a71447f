/** Reads the body of an answer up to a number of bytes, compressed or not. */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

interface Body {
  readonly bytes: Buffer;
  /** The body has more. */
  readonly isCut: boolean;
}

/**
 * @param isEnough Ends the body after a chunk; it then counts as complete.
 * @returns Undefined for an encoding that was not asked for.
 */
export async function readBody(
  response: IncomingMessage,
  bytesMax: number,
  isEnough: (chunk: Buffer) => boolean = () => false,
): Promise<Body | undefined> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    response.destroy();
    return undefined;
  }
  let received = 0;
  if (encoding === 'gzip') {
    // Compressed bytes that decompress to nothing are limited as well.
    response.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > bytesMax) response.destroy(new Error('The body is too long'));
    });
  }
  // The callback takes the errors, with which the result ends, too.
  const decoded = encoding === 'gzip' ? pipeline(response, createGunzip(), () => {}) : response;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decoded as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the stream.
    if (size > bytesMax || isEnough(chunk)) break;
  }
  response.destroy();
  return { bytes: Buffer.concat(chunks, Math.min(size, bytesMax)), isCut: size > bytesMax };
}
