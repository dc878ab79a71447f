/**
 * A process that runs units of a cluster: a node without clients, which commits nothing for other
 * nodes. A composition root, like `app.ts`.
 */
import { openChatNode } from './composition/open-chat-node.ts';
import type { RunningServer, ServerOptions, Undo } from './composition/server-options.ts';
import { explainFullDisk, prepareDataDirectory } from './config/data-directory.ts';
import { nodeNameOf } from './config/role.ts';
import { BoundedLogger } from './ops/bounded-logger.ts';
import { createLogger } from './ops/logger.ts';
import { Metrics } from './ops/metrics.ts';
import type { Store } from './ports/store.ts';
import { systemClock } from './system/clock.ts';

/** Its servers may use the same `DATA_DIR`. @throws if the store cannot be used or the bus is refused. */
export async function startUnits(
  options: ServerOptions,
): Promise<Pick<RunningServer, 'logger' | 'close'> & { readonly store: Store }> {
  const { values, version } = options;
  const log = createLogger(values.LOG_LEVEL, { node: nodeNameOf(values) });
  const logger = new BoundedLogger(log, systemClock);
  const steps: Parameters<Undo>[0][] = [() => logger.close()];
  const undoAll = async (): Promise<void> => {
    for (const step of steps.splice(0).reverse()) await step(0);
  };
  try {
    const { store, chat } = await openChatNode(options, {
      directory: prepareDataDirectory(values.DATA_DIR),
      logger,
      metrics: new Metrics(() => new Set()),
      undo: (step) => steps.push(step),
    });
    chat.router?.leave();
    logger.record({ event: 'units.started', units: values.UNITS, version });
    let closing: Promise<void> | undefined;
    const close = async (reason: string): Promise<void> => {
      logger.record({ event: 'server.stopping', reason, connections: 0 });
      await undoAll();
    };
    return {
      store,
      logger,
      close: (reason) => {
        closing ??= close(reason);
        return closing;
      },
    };
  } catch (error) {
    await undoAll();
    throw explainFullDisk(error, values.DATA_DIR);
  }
}
