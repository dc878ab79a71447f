/** Brings each upgrade to the gateway of its path; there is none for any other. */
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/protocol';
import type { Journal } from '../ports/journal.ts';
import type { Visitor } from '../ports/visitor.ts';
import type { Doorkeeper } from './doorkeeper.ts';
import { toHttpFailure } from './error-body.ts';
import { pathOf } from './token-carriers.ts';
import { TurnSlices } from './turn-slices.ts';

/** Handshakes that are begun in one turn of the event loop. */
const UPGRADES_PER_TURN = 16;

export interface UpgradeGateway {
  /** Answers the request, whatever becomes of it, unless it throws a `ChatError`. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    visitor: Visitor,
  ): Promise<void>;
}

export function routeUpgrades(
  server: Server,
  gateways: ReadonlyMap<string, UpgradeGateway>,
  parts: { readonly doorkeeper: Doorkeeper; readonly journal: Journal },
): void {
  const { doorkeeper, journal } = parts;
  const slices = new TurnSlices(UPGRADES_PER_TURN);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', ignoreError);
    const path = pathOf(request.url);
    const gateway = gateways.get(path);
    if (gateway === undefined) {
      refuse(socket, new ChatError('NOT_FOUND'));
      return;
    }
    slices.run(() => {
      gateway.handleUpgrade(request, socket, head, doorkeeper.visitor(request)).catch((error) => {
        if (error instanceof ChatError) {
          refuse(socket, error);
          return;
        }
        journal.record({ event: 'command.failed', error });
        socket.destroy();
      });
    });
  });
}

/**
 * A peer that is gone before it is answered: there is nobody to tell. It stays on the socket; a
 * function made for each upgrade would keep its request as long.
 */
function ignoreError(): void {}

function refuse(socket: Duplex, error: ChatError): void {
  const { status, headers, body } = toHttpFailure(error);
  const text = JSON.stringify(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      `Connection: close\r\n${lines.join('')}` +
      'Content-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
