/** Renders the page into the document. */
import './styles/tokens.css';
import './styles/base.css';
import { Account, browserEnvironment } from '@parley/client';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Visits } from './account/account-sessions.ts';
import { readKnownUser } from './account/known-user.ts';
import { App } from './app.tsx';
import { redirectHome } from './hooks/use-route.ts';
import { loadSignIn } from './parts.ts';
import { applyDensity, applyTheme, readDensity, readTheme } from './theme.ts';

redirectHome();
applyTheme(readTheme());
applyDensity(readDensity());

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element with the id root');
const account = new Account(browserEnvironment(), window.location.origin);
const visits = new Visits();
// The socket starts before React: the connection checks the session of the last user.
const known = readKnownUser();
const first = known && visits.enter(known, true);
if (!known) loadSignIn().catch(() => {});
createRoot(place).render(
  <StrictMode>
    <App {...{ account, visits, first }} />
  </StrictMode>,
);

// Only the built page: the development server has no worker. Without one the page needs the server.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register('/sw.js').catch(() => {});
}
