/** Both ends of a channel between processes, in one process; messages are copied as on the real one. */
import { IpcChannel, type IpcEnd } from '../../src/system/ipc-channel.ts';

interface ChannelPair {
  readonly primary: IpcChannel;
  readonly worker: IpcChannel;
  /** Ends the worker: messages to it are dropped from now on. */
  disconnect(): void;
}

export function openChannelPair(): ChannelPair {
  let isConnected = true;
  const listeners = { primary: [], worker: [] } as Record<string, ((message: unknown) => void)[]>;
  const endOf = (own: string, other: string): IpcEnd => ({
    send: (message, _handle, _options, sent) => {
      const copy = structuredClone(message);
      setImmediate(() => {
        if (isConnected) for (const receive of listeners[other] ?? []) receive(copy);
        sent();
      });
    },
    on: (_event, receive) => listeners[own]?.push(receive),
    isConnected: () => isConnected,
  });
  return {
    primary: new IpcChannel(endOf('primary', 'worker')),
    worker: new IpcChannel(endOf('worker', 'primary')),
    disconnect: () => {
      isConnected = false;
    },
  };
}
