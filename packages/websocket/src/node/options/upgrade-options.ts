/** Which upgrade requests a server accepts, and with which subprotocols. */
export interface UpgradeOptions {
  /**
   * Paths that accept upgrades; other paths get 404. A path does not include the query. Default
   * `undefined`: all paths.
   */
  readonly paths: readonly string[] | undefined;

  /**
   * Values of the `Origin` header that may connect, as browsers write them
   * (`https://chat.example`). A client without the header is accepted: it is not a browser and
   * sends no user's cookies. `isOriginAllowed` is checked in addition. Default `undefined`: all
   * origins.
   */
  readonly allowedOrigins: readonly string[] | undefined;

  /** Subprotocols that the server supports, best first. Default none. */
  readonly protocols: readonly string[];
}

export const UPGRADE_DEFAULTS: UpgradeOptions = Object.freeze({
  paths: undefined,
  allowedOrigins: undefined,
  protocols: Object.freeze([]),
});
