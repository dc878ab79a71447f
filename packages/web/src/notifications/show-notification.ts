/** Desktop notifications: from the page, or from the service worker where pages have none. */
import { navigate } from '../hooks/use-route.ts';

export interface ShownNotification {
  close(): void;
}

interface NotificationContent {
  readonly title: string;
  readonly body: string;
  /** Replaces the notification with the same tag, also that of another tab. */
  readonly tag: string;
  /** The page that a press opens. */
  readonly path: string;
}

export function showNotification(content: NotificationContent): ShownNotification {
  const { title, body, tag, path } = content;
  const options = { body, tag, icon: '/icon.svg' };
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      navigate(path);
    };
    return notification;
  } catch {
    // Chrome on Android has the constructor, which throws.
    return showByWorker(title, { ...options, data: { path } });
  }
}

/** Navigates when a notification of the worker is pressed; returns a function that ends it. */
export function openPressed(): () => void {
  const worker = (navigator as Partial<Navigator>).serviceWorker;
  const open = ({ data }: MessageEvent<{ readonly path?: string } | null>): void => {
    if (typeof data?.path === 'string') navigate(data.path);
  };
  worker?.addEventListener('message', open);
  return () => worker?.removeEventListener('message', open);
}

function showByWorker(title: string, options: NotificationOptions & { tag: string }) {
  const { tag } = options;
  const shown = navigator.serviceWorker.ready.then(async (registration) => {
    await registration.showNotification(title, options);
    return registration;
  });
  // The user has withdrawn the permission meanwhile.
  shown.catch(() => {});
  const close = async (): Promise<void> => {
    const registration = await shown;
    for (const each of await registration.getNotifications({ tag })) each.close();
  };
  return { close: () => void close().catch(() => {}) };
}
