/** The connections of a page: one per dialect, shared by all hooks, created on first use. */
import { createContext } from 'react';
import { browserEnvironment } from '../core/browser-environment.ts';
import type { Environment } from '../core/environment.ts';
import { MESSAGE_PAL_DIALECT } from '../core/subscriptions/message-pal-dialect.ts';
import { SubscriptionClient } from '../core/subscriptions/subscription-client.ts';
import { WS_CHAT_DIALECT } from '../core/subscriptions/ws-chat-dialect.ts';

export interface ClientsOptions {
  /** Address of the server, such as `https://chat.example.org`. Default: the page's origin. */
  readonly serverUrl?: string | undefined;
  /** Default: the globals of the browser. */
  readonly environment?: Environment | undefined;
}

export class Clients {
  readonly #options: ClientsOptions;
  #channels: SubscriptionClient | undefined;
  #direct: SubscriptionClient | undefined;

  constructor(options: ClientsOptions = {}) {
    this.#options = options;
  }

  /** Client of `/ws/chat`. */
  get channels(): SubscriptionClient {
    this.#channels ??= new SubscriptionClient({
      ...this.#surroundings(),
      dialect: WS_CHAT_DIALECT,
    });
    return this.#channels;
  }

  /** Client of `/messagepal`. */
  get direct(): SubscriptionClient {
    this.#direct ??= new SubscriptionClient({
      ...this.#surroundings(),
      dialect: MESSAGE_PAL_DIALECT,
    });
    return this.#direct;
  }

  #surroundings(): { readonly serverUrl: string; readonly environment: Environment } {
    const { serverUrl = pageOrigin(), environment = browserEnvironment() } = this.#options;
    return { serverUrl, environment };
  }
}

/** During server rendering there is no page, and nothing connects. */
function pageOrigin(): string {
  return typeof location === 'undefined' ? '' : location.origin;
}

/** The page's clients by default, so that hooks work without a provider and share a connection. */
export const ClientsContext = createContext(new Clients());
