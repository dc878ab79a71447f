/** Texts of connected providers in the settings, outside of the first load. */
import type { ChatError } from '@parley/client';
import { strings } from './strings.ts';

export const providerSettingsStrings = Object.freeze({
  title: 'Sign-in with a provider',
  notConnected: 'Not connected',
  since: (time: string) => `Connected since ${time}`,
  connect: 'Connect',
  connectTo: (provider: string) => `Connect ${provider}`,
  disconnect: 'Disconnect',
  disconnectFrom: (provider: string) => `Disconnect ${provider}`,
  problem: ({ code, details }: ChatError): string => {
    if (code === 'RATE_LIMITED') return strings.account.wait(details.retryAfterSeconds ?? 1);
    if (code === 'CONFLICT')
      return 'This is the only way into your account: it has no password. Connect another provider first.';
    return strings.error(code);
  },
});
