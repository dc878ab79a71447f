import { testProxy } from './proxy-cases.ts';

testProxy('nginx');
