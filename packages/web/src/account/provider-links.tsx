/** Links to the providers, where the browser leaves the page. */
import type { SignInProvider } from '@parley/client';
import { currentAddress } from '../hooks/use-route.ts';
import { signInStrings } from '../strings/sign-in.ts';
import classes from './sign-in-page.module.css';

export function ProviderLinks({ providers }: { readonly providers: readonly SignInProvider[] }) {
  return (
    <div className={classes['providers']}>
      {providers.map(({ name, label }) => (
        <a key={name} href={providerUrl(name)}>
          {signInStrings.continueWith(label)}
        </a>
      ))}
    </div>
  );
}

/** Of the server, which sends the browser to the provider, and later back to this page. */
function providerUrl(name: string): string {
  const next = encodeURIComponent(currentAddress());
  return `/api/auth/oidc/${encodeURIComponent(name)}?next=${next}`;
}
