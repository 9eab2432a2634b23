import { Late } from '../core/late';
import type { second } from './second';

/** What only a concurrent edit, a loss or large data needs. */
export const late = new Late<typeof second>();
