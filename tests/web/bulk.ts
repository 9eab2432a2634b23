/** What a page fetches with its first columns, there from the start. */
import * as bulk from '../../labextension/src/core/bulk';
import { install } from '../../labextension/src/core/late';

install(bulk);
