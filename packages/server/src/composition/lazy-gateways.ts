/**
 * The gateways, loaded when the first client connects: they are half of all modules, and the server
 * answers requests without them.
 */
import type { Gateways } from './open-gateways.ts';

const SOCKETIO_PATH = '/socket.io/';
const PATHS = ['/ws', SOCKETIO_PATH, '/ws/chat', '/messagepal'] as const;

export interface LazyGateways extends Gateways {
  /** Loads the gateways, unless a client has done so. */
  load(): Promise<void>;
}

export function lazyGateways(open: () => Promise<Gateways>): LazyGateways {
  let opening: Promise<Gateways> | undefined;
  let loaded: Gateways | undefined;
  const opened = (): Promise<Gateways> => {
    opening ??= open().then((gateways) => {
      loaded = gateways;
      return gateways;
    });
    return opening;
  };
  return {
    load: async () => {
      await opened();
    },
    upgrades: new Map(
      PATHS.map((path) => [
        path,
        {
          handleUpgrade: async (request, socket, head, upgradeRequest) => {
            const gateway = (await opened()).upgrades.get(path);
            await gateway?.handleUpgrade(request, socket, head, upgradeRequest);
          },
        },
      ]),
    ),
    rawHandlers: new Map([
      [
        SOCKETIO_PATH,
        async (request, response) => {
          await (await opened()).rawHandlers.get(SOCKETIO_PATH)?.(request, response);
        },
      ],
    ]),
    engineMetrics: () => loaded?.engineMetrics() ?? [],
    shutdown: async (drainMs) => {
      await (await opening)?.shutdown(drainMs);
    },
  };
}
