import { testProxy } from './proxy-cases.ts';

testProxy('haproxy');
