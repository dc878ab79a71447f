/** Checks the address of a server that an application names. */
import { ChatError } from '@parley/protocol';

/** @throws {ChatError} `VALIDATION_ERROR` */
export function checkedServerUrl(url: unknown): string {
  try {
    // Addresses of WebSockets are accepted too.
    const { href, protocol } = new URL(String(url).replace(/^ws/, 'http'));
    if (/^https?:$/.test(protocol)) return href.replace(/\/+$/, '');
  } catch {
    // Reported below.
  }
  const message = `No url such as https://chat.example.org: ${url}`;
  throw new ChatError('VALIDATION_ERROR', { field: 'url', message });
}
