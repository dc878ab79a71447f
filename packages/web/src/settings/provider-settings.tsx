/** Providers with which the user signs in: connected and disconnected. Not there on a server without any. */

import {
  ChatError,
  disconnectProvider,
  goToProvider,
  type OwnProvider,
  readOwnProviders,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { absoluteTime } from '../format-time.ts';
import { currentAddress } from '../hooks/use-route.ts';
import { withProof } from '../proof/with-proof.ts';
import { providerSettingsStrings as texts } from '../strings/provider-settings.ts';
import classes from './settings-dialog.module.css';

export function ProviderSettings() {
  const { client } = useChat();
  const [providers, setProviders] = useState<readonly OwnProvider[]>([]);
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    let isCurrent = true;
    readOwnProviders(client).then(
      (found) => {
        if (isCurrent) setProviders(found.providers);
      },
      // Without an answer, the section is not there, as without providers.
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [client]);

  const change = async (act: () => Promise<void>): Promise<void> => {
    setProblem(undefined);
    try {
      await withProof(client, act);
    } catch (error) {
      setProblem(texts.problem(ChatError.from(error)));
    }
  };
  const connect = (name: string) =>
    change(async () => {
      const next = currentAddress();
      window.location.assign(await goToProvider(client, name, { link: true, next }));
    });
  const disconnect = (name: string) =>
    change(async () => {
      await disconnectProvider(client, name);
      setProviders((await readOwnProviders(client)).providers);
    });

  if (providers.length === 0) return null;
  return (
    <section className={classes['section']} aria-label={texts.title}>
      <h2>{texts.title}</h2>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      <ul className={classes['list']} aria-label={texts.title}>
        {providers.map(({ name, label, connectedAt }) => (
          <li key={name} className={classes['row']}>
            <span className={classes['name']}>
              {label}
              <br />
              <small className={classes['note']}>
                {connectedAt === undefined
                  ? texts.notConnected
                  : texts.since(absoluteTime(Date.parse(connectedAt)))}
              </small>
            </span>
            {connectedAt === undefined ? (
              <Button
                kind="quiet"
                aria-label={texts.connectTo(label)}
                onClick={() => void connect(name)}
              >
                {texts.connect}
              </Button>
            ) : (
              <Button
                kind="quiet"
                aria-label={texts.disconnectFrom(label)}
                onClick={() => void disconnect(name)}
              >
                {texts.disconnect}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
