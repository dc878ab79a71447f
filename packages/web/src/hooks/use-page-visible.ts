export { usePageVisible } from '@parley/client/react';
