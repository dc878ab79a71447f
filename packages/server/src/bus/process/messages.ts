/** Messages between a worker's bus and the hub in the primary. */

export type ToHub =
  | { readonly kind: 'publish'; readonly channel: string; readonly text: string }
  | { readonly kind: 'subscribe'; readonly channel: string; readonly id: number }
  | { readonly kind: 'unsubscribe'; readonly channel: string };

export type ToNode =
  | { readonly kind: 'message'; readonly channel: string; readonly text: string }
  /** Confirms the subscription with this id. */
  | { readonly kind: 'subscribed'; readonly id: number };
