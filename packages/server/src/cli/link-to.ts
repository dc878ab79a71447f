/** Links to the page that the operator hands out. */
import type { Values } from '../config/load-config.ts';
import { ownUrlOf } from '../system/server-urls.ts';

type LinkSettings = Pick<Values, 'ALLOWED_HOSTS' | 'HOST' | 'PORT' | 'TLS_CERT_FILE'>;

/** By the first of `ALLOWED_HOSTS`, over HTTPS, or else for this machine. */
export function linkTo(values: LinkSettings, path: string): string {
  const [name] = values.ALLOWED_HOSTS;
  if (name !== undefined) return `https://${name}${path}`;
  const scheme = values.TLS_CERT_FILE === undefined ? 'http' : 'https';
  return ownUrlOf({ scheme, host: values.HOST, port: values.PORT }) + path;
}
