import { StoreUnusable } from '../../ports/store.ts';

/** Where messages are stored, from `cassandra://user:password@host:port,host/keyspace?datacenter=name`. */
export interface CassandraAddress {
  readonly contactPoints: readonly string[];
  readonly keyspace: string;
  readonly dataCenter: string;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly usesTls: boolean;
}

const FORM =
  /^cassandra:\/\/(?:(?<user>[^:@/]+):(?<password>[^@/]+)@)?(?<hosts>[^/?@]+)\/(?<keyspace>[a-z][a-z0-9_]{0,47})\?(?<query>.+)$/;

/** @throws {StoreUnusable} with one line for the operator, without the password. */
export function parseCassandraUrl(url: string): CassandraAddress {
  const parts = FORM.exec(url)?.groups;
  const query = new URLSearchParams(parts?.['query']);
  const dataCenter = query.get('datacenter');
  const { hosts, keyspace, user, password } = parts ?? {};
  if (hosts === undefined || keyspace === undefined || !dataCenter) {
    throw new StoreUnusable(
      'CASSANDRA_URL is not of the form cassandra://HOST:PORT,HOST:PORT/KEYSPACE?datacenter=NAME',
    );
  }
  return {
    contactPoints: hosts.split(','),
    keyspace,
    dataCenter,
    credentials:
      user === undefined || password === undefined
        ? undefined
        : { username: decodeURIComponent(user), password: decodeURIComponent(password) },
    usesTls: query.get('tls') === 'true',
  };
}
