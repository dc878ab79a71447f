/** The connections of a page: one per dialect, shared by all hooks, made when first asked for. */
import type { ChannelMessage, DirectMessage } from '@parley/protocol';
import { createContext } from 'react';
import { browserEnvironment } from '../core/browser-environment.ts';
import type { Environment } from '../core/environment.ts';
import { CHANNELS } from '../core/subscriptions/channels.ts';
import { DIRECT } from '../core/subscriptions/direct.ts';
import { SubscriptionClient } from '../core/subscriptions/subscription-client.ts';

export interface ClientsOptions {
  /** Where the server is, such as `https://chat.example.org`. Default: where the page comes from. */
  readonly serverUrl?: string | undefined;
  /** Default: the globals of the browser. */
  readonly environment?: Environment | undefined;
}

export class Clients {
  readonly #options: ClientsOptions;
  #channels: SubscriptionClient<ChannelMessage> | undefined;
  #direct: SubscriptionClient<DirectMessage> | undefined;

  constructor(options: ClientsOptions = {}) {
    this.#options = options;
  }

  /** Of `/ws/chat`. */
  get channels(): SubscriptionClient<ChannelMessage> {
    this.#channels ??= new SubscriptionClient({ ...this.#surroundings(), dialect: CHANNELS });
    return this.#channels;
  }

  /** Of `/messagepal`. */
  get direct(): SubscriptionClient<DirectMessage> {
    this.#direct ??= new SubscriptionClient({ ...this.#surroundings(), dialect: DIRECT });
    return this.#direct;
  }

  #surroundings(): { readonly serverUrl: string; readonly environment: Environment } {
    const { serverUrl = pageOrigin(), environment = browserEnvironment() } = this.#options;
    return { serverUrl, environment };
  }
}

/** Where nothing is rendered into a page there is none, and nothing is connected either. */
function pageOrigin(): string {
  return typeof location === 'undefined' ? '' : location.origin;
}

/**
 * The page's own by default, so that hooks work without a provider: several of them
 * share a connection, and who shares has to meet somewhere.
 */
export const ClientsContext = createContext(new Clients());
