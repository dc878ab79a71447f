/** Whether this browser can use the passkeys of the server at this address. */
import type { Account } from '@parley/client';

/** @param terms False if they are undefined: the server has not answered yet. */
export function offersPasskeys({ terms }: Pick<Account, 'terms'>): boolean {
  const site = terms?.passkeySite;
  const { hostname } = window.location;
  // Browsers leave it out of pages without HTTPS.
  if (!('PublicKeyCredential' in window) || site === undefined || site === null) return false;
  return hostname === site || hostname.endsWith(`.${site}`);
}

/** As `offersPasskeys`, for an account that may not have asked the server; false without an answer. */
export async function findPasskeyOffer(account: Account): Promise<boolean> {
  try {
    if (account.terms === undefined) await account.whoAmI();
    return offersPasskeys(account);
  } catch {
    return false;
  }
}
