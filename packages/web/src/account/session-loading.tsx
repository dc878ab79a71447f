/** Outline of the chat page, shown while the server is slow to report the session. */

import { Skeleton } from '../components/skeleton.tsx';
import { useRoute } from '../hooks/use-route.ts';
import { strings } from '../strings/strings.ts';
import chat from '../styles/chat-page.module.css';
import { columnStyle, readWidth } from '../styles/column-width.ts';
import classes from './session-loading.module.css';

export function SessionLoading() {
  const route = useRoute();
  return (
    <main
      className={`${chat['page']} ${classes['page']}`}
      data-view={route.kind}
      style={columnStyle(readWidth())}
      aria-busy="true"
    >
      <div className={chat['rooms']}>
        <Skeleton name={strings.account.checking} shape="rooms" />
      </div>
      <div className={chat['conversation']}>
        {route.kind === 'room' && <Skeleton name={strings.account.checking} shape="messages" />}
      </div>
    </main>
  );
}
