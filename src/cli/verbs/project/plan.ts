import type { PushDone } from '../../../release/apply/events.ts';
import type { ReleaseDependencies } from '../dependencies.ts';
import { releaseOnce } from './release-once.ts';
import type { PlanRequest } from '../requests.ts';

/** Reports the plan of a push; nothing on the device is touched. */
export const plan = (dependencies: ReleaseDependencies, request: PlanRequest): Promise<PushDone> =>
  releaseOnce(dependencies, request, 'plan');
